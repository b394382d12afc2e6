import { lines, sh, type Script } from '../shell/script.ts';
import { aptChoice, rpmChoice } from './package_choose.ts';
import { dpkgFunctions, rpmFunctions } from './package_rows.ts';
import { aptSimulation } from './package_simulate_apt.ts';
import { dnfSimulation } from './package_simulate_dnf.ts';
import { rpmName } from './package.ts';
import { needOf, type TransactionSubject } from './package_transaction.ts';

/** Sets the parameters to what is to be installed, by what the host offers now; exits with what there is where nothing fits. */
export function chosenNow(program: 'apt' | 'dnf' | 'yum', subject: TransactionSubject): Script {
  const names = subject.names;
  return lines([
    sh`set -f; p=${program} rows= told=`,
    dpkgFunctions,
    rpmFunctions,
    aptSimulation,
    dnfSimulation,
    aptChoice,
    rpmChoice,
    program === 'apt'
      ? sh`dpkg_rows ${names}`
      : sh`rpm_rows ${[...new Set(names.map((name) => rpmName(name).name))]}`,
    needOf(subject),
    ...(subject.latest === true
      ? [sh`[ -n "$need" ] || exit 0`]
      : [
          sh`if [ -z "$need" ]; then
printf '%s\\n' "$o" | grep -iE 'error|fail|ignoring' >&2
if [ -z "$offers" ]; then echo 'no repository of this host knows what is asked for, or it is excluded there (exclude=, excludepkgs= of dnf)' >&2; exit 1; fi
echo 'no version that the repositories of this host offer fits what is asked for; there are:' >&2
printf '%s\\n' "$offers" | sed -n 's/^[*]\\(.*\\) \\(.*\\)$/  \\2 \\1/p' >&2; exit 1; fi`,
        ]),
    sh`set -- $need`,
  ]);
}
