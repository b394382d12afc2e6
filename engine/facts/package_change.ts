import { type Change, predict, type Prediction, saved, type Undo } from '../contract/change.ts';
import { restoreFile } from '../shell/replace_file.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { fullVersion, packageFact, packageKey, type PackageAnswer, rpmName } from './package.ts';
import { applyApt, undoApt } from './package_apply_apt.ts';
import { applyDnf, undoDnf } from './package_apply_dnf.ts';
import { isKernelPackage } from './package_kernel.ts';
import { protectedAnyway } from './package_protect.ts';
import { fits, type PackageSpec } from './package_spec.ts';
import { type PackageRequest, transactionOf } from './package_state.ts';
import { aptWords, dnfWords, type KnownTransaction, type TransactionStep } from './package_transaction.ts';
import { isOlder, listedSteps, verbOf, whatOf } from './package_words.ts';

/** What is still to be done of a request, and with what. */
export interface Wish {
  readonly request: PackageRequest;
  readonly open: readonly PackageSpec[];
  readonly names: readonly string[];
  readonly program: 'apt' | 'dnf' | 'yum';
  /** The lists are fetched anew before it. */
  readonly isUpdated: boolean;
}

/** A transaction whose steps only the package manager will tell: what is protected is left to its own refusal. */
export function unforeseen(wish: Wish, packages: readonly PackageAnswer[]): Change {
  const { request, open, names, program } = wish;
  const { state, lockTimeout, lift, latest } = request;
  const subject = transactionOf({
    ...request,
    names,
    specs: open,
  });
  const isLimited = latest || open.some(({ bounds }) => bounds.length > 0);
  const common = {
    names:
      state === 'present'
        ? names
        : open.flatMap((spec) => goingNames(spec, packages[request.names.indexOf(spec.name)], program)),
    lockTimeout,
    lift,
    ...(isLimited && state === 'present' ? { chooses: subject } : {}),
  };
  return {
    what: `${verbOf(request)} ${open.map(({ text }) => text).join(', ')} (what comes along is not known beforehand)`,
    diff: { before: null, after: `${open.map(({ text }) => text).join('\n')}\n` },
    touches: [...new Set(names.map(packageKey))],
    opaque: true,
    apply:
      program === 'apt'
        ? applyApt({
            ...common,
            words: [...aptMore(request), '--no-remove', ...aptWords(subject)].filter(
              (word) => state === 'present' || word !== '--no-remove',
            ),
            unseen: state === 'present',
          })
        : applyDnf({
            ...common,
            program,
            kernels: names.some(isKernelPackage),
            words: [...dnfMore(request), ...protectedWords(request), ...dnfWords(subject)],
            refresh: state === 'present',
          }),
    undo: undoOf(request, null, packages, []),
  };
}

/** A transaction whose every step is known. */
export function foreseenTransaction(
  { request, open, names, program, isUpdated }: Wish,
  known: KnownTransaction,
  versions: ReadonlyMap<string, string>,
  packages: readonly PackageAnswer[],
): Change {
  const { state, lockTimeout, lift } = request;
  const subject = transactionOf(request);
  const configuration = request.purge ? known.configuration : [];
  const { steps } = known;
  const removes = steps.some(({ to }) => to === null);
  const exact = open.flatMap((spec): string[] => {
    if (state === 'absent') return goingNames(spec, packages[request.names.indexOf(spec.name)], program);
    const version = versions.get(spec.name);
    if (version === undefined) return [spec.name];
    return [program === 'apt' ? `${spec.name}=${version}` : dashedName(spec.name, version)];
  });
  const common = { names: exact, lockTimeout, lift, keeps: known.keeps ?? [] };
  const isYumDowngrade =
    program === 'yum' && steps.some((step) => names.includes(step.name) && isOlder(step, program));
  const apply =
    program === 'apt'
      ? applyApt({
          ...common,
          // What the simulation did not show is not to happen.
          words: [
            ...aptMore(request),
            ...(state === 'present' && !removes ? ['--no-remove'] : []),
            ...aptWords(subject),
          ],
          unseen: false,
        })
      : applyDnf({
          ...common,
          program,
          kernels: steps.some(({ name }) => isKernelPackage(name)),
          words: [...dnfMore(request), ...dnfWords(subject, isYumDowngrade ? 'downgrade' : subject.verb)],
          refresh: state === 'present' && request.updateCache,
        });
  const { lockList } = packages[0] ?? {};
  const saves = [...configuration, ...(lift && lockList !== undefined ? [lockList] : [])];
  return {
    what: whatOf(request, open, known, program),
    diff: { before: listedSteps(steps, 'from'), after: listedSteps(steps, 'to') },
    touches: [
      ...new Set([...names, ...steps.map(({ name }) => name)].map(packageKey)),
      ...(lift && lockList !== undefined ? [`path:${lockList}` as const] : []),
    ],
    opaque: true,
    ...(saves.length > 0 ? { saves } : {}),
    apply,
    undo: undoOf(request, known, packages, saves),
    ...(isUpdated ? {} : { predicts: predictions(request, names, steps, packages) }),
  };
}

/** The installed versions that are to go, each by its whole name; the name alone where no version was asked for. */
function goingNames(
  { name, bounds }: PackageSpec,
  found: PackageAnswer | undefined,
  program: 'apt' | 'dnf' | 'yum',
): string[] {
  if (bounds.length === 0 || program === 'apt') return [name];
  const versions = (found?.installed ?? []).map(fullVersion);
  return versions
    .filter((version) => fits('rpm', version, bounds))
    .map((version) => dashedName(name, version));
}

/** dnf takes a version without its epoch for the newest of that version. */
function dashedName(name: string, version: string): string {
  const { name: base, arch } = rpmName(name);
  return `${base}-${version.replace(/^\d+:/, '')}${arch === undefined ? '' : `.${arch}`}`;
}

function aptMore({ unauthenticated }: PackageRequest): readonly string[] {
  return unauthenticated ? ['--allow-unauthenticated'] : [];
}

function dnfMore({ unauthenticated }: PackageRequest): readonly string[] {
  return unauthenticated ? ['--nogpgcheck'] : [];
}

/** dnf's and yum's own protection, which knows names alone; what they protect by themselves stays in it. */
function protectedWords({ protect, names, state }: PackageRequest): readonly string[] {
  const own = new Set(state === 'absent' ? names : []);
  const all = [
    'dnf',
    'yum',
    'glob:/etc/yum/protected.d/*.conf',
    'glob:/etc/dnf/protected.d/*.conf',
    ...[...protectedAnyway, ...protect].filter((name) => /^[\w.+-]+$/.test(name) && !own.has(name)),
  ];
  return [`--setopt=protected_packages=${all.join(',')}`];
}

function undoOf(
  { purge, lockTimeout, lift }: PackageRequest,
  known: KnownTransaction | null,
  [first]: readonly PackageAnswer[],
  saves: readonly string[],
): Undo {
  const program = first?.program ?? 'apt';
  if (first?.isDnf5) {
    return {
      impossible:
        'dnf 5 has no `shell`, by which an undo goes in one transaction; `dnf history undo last` on the host takes back what it did last',
    };
  }
  if (known && known.lost.length > 0) {
    return {
      impossible: `no repository of the host has ${known.lost.join(', ')} any more, which ${known.lost.length === 1 ? 'is' : 'are'} there now`,
    };
  }
  if (purge && known && known.scripted.length > 0) {
    return {
      impossible: `a purge runs the own scripts of ${known.scripted.join(', ')}, which may remove data`,
    };
  }
  const back: Script = program === 'apt' ? undoApt(lockTimeout, lift) : undoDnf(program, lockTimeout, lift);
  // It may end with an exit of its own.
  return lines([sh`( ${back}\n) || exit 1`, ...saves.map((path, index) => restoreFile(path, saved(index)))]);
}

function predictions(
  { names, tool, state, specs }: PackageRequest,
  open: readonly string[],
  steps: readonly TransactionStep[],
  packages: readonly PackageAnswer[],
): readonly Prediction[] {
  return open.flatMap((name) => {
    const found = packages[names.indexOf(name)];
    const spec = specs[names.indexOf(name)];
    if (!found || !spec) return [];
    const none = { ...found, installed: [], providers: [], leftover: false, broken: null };
    if (state === 'absent') {
      // The entry of a lock stays where it is; dpkg forgets a hold.
      return spec.bounds.length > 0
        ? []
        : [
            predict(
              { fact: packageFact, subject: { name, tool } },
              { ...none, held: found.program !== 'apt' && found.held },
            ),
          ];
    }
    const step = steps.find((one) => one.name === name && one.to !== null);
    if (!step?.to) return [];
    const [, epoch = '0', version = ''] = /^(?:(\d+):)?(.*)$/.exec(step.to) ?? [];
    // One that is installed beside others takes no place.
    const others = step.from === null ? found.installed : [];
    const installed = [...others, { name, arch: step.arch, epoch, version }];
    return [predict({ fact: packageFact, subject: { name, tool } }, { ...none, installed })];
  });
}
