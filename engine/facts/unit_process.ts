import type { Fact } from '../contract/fact.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { unitFiles } from './unit.ts';
import { isUnitName, systemManager, unitName } from './unit_systemd.ts';
import { userManager, userUnitFiles } from './user_unit.ts';

/** A unit, of the host's systemd or of the asking user's own. */
export interface UnitProcessSubject {
  readonly name: string;
  readonly scope: 'system' | 'user';
}

/** The main process of a unit; nulls where there is none, or where only root may look. */
export interface UnitProcess {
  readonly pid: number | null;
  /** When it began, in seconds since the host's boot, to a hundredth. */
  readonly begunAt: number | null;
  /** The file that it runs, and whether that has been removed or replaced since. */
  readonly program: string | null;
  readonly replaced: boolean;
}

/** Since when the main process of a unit runs which program; one `systemctl show` a manager, one `readlink` a unit. */
export const unitProcess: Fact<UnitProcessSubject, UnitProcess> = {
  name: 'unit_process',
  id: ({ name, scope }) => `${scope}:${unitName(name)}`,
  about: ({ name, scope }) =>
    scope === 'user' ? [`user_unit:${unitName(name)}`, userUnitFiles] : [`unit:${unitName(name)}`, unitFiles],
  ask: (subjects) =>
    lines([
      sh`h=$(getconf CLK_TCK 2>/dev/null) || h=100; printf '%s\\n' "$h"`,
      tell,
      askScope(subjects, 'system'),
      askScope(subjects, 'user'),
    ]),
  parse: parseProcesses,
  // What runs moves by itself, and no undo can give it back.
  lasting: () => null,
};

/** One line a unit: its process, when that began in ticks since the boot (proc(5)), its program. */
const tell = sh`tell() {
p=$1 s= x=
if [ "$p" -gt 0 ] 2>/dev/null; then { IFS= read -r s <"/proc/$p/stat"; } 2>/dev/null; x=$(readlink "/proc/$p/exe" 2>/dev/null); else p=0; fi
nl='\n'
case $x in *"$nl"*) x=;; esac
s=\${s##*") "}
set -f; set -- $s; set +f
if [ $# -ge 20 ]; then shift 19; else set --; fi
printf '%s %s %s\\n' "$p" "\${1:--}" "$x"
}`;

function namesOf(subjects: readonly UnitProcessSubject[], scope: 'system' | 'user'): readonly string[] {
  return subjects
    .filter((subject) => subject.scope === scope)
    .map(({ name }) => unitName(name))
    .filter(isUnitName);
}

function askScope(subjects: readonly UnitProcessSubject[], scope: 'system' | 'user'): Script {
  const names = namesOf(subjects, scope);
  const { systemctl } = scope === 'user' ? userManager : systemManager;
  if (names.length === 0) return sh`:`;
  return lines([
    sh`if [ -d /run/systemd/system ]; then`,
    // 219 has no --value. A unit that is no service has no MainPID: only the block's end tells of it.
    sh`{ ${systemctl} show --no-pager -p Id,MainPID -- ${names} 2>/dev/null; echo; } | {`,
    sh`m=; while IFS= read -r l; do case $l in MainPID=*) m=\${l#*=};; Id=*) i=y;; '') if [ -n "$i" ]; then tell "$m"; fi; m= i=;; esac; done`,
    sh`}`,
    sh`fi`,
  ]);
}

function parseProcesses(output: Buffer, subjects: readonly UnitProcessSubject[]): readonly UnitProcess[] {
  const [ticks = '', ...rows] = output.toString('utf8').split('\n');
  const order = (['system', 'user'] as const).flatMap((scope) =>
    namesOf(subjects, scope).map((name) => `${scope}:${name}`),
  );
  return subjects.map((subject) =>
    toProcess(rows[order.indexOf(unitProcess.id(subject))] ?? '', Number(ticks)),
  );
}

function toProcess(row: string, ticks: number): UnitProcess {
  const [, pid = '0', began = '-', exe = ''] = /^(\d+) (\S+) (.*)$/.exec(row) ?? [];
  const replaced = exe.endsWith(' (deleted)');
  return {
    pid: Number(pid) || null,
    begunAt: began === '-' ? null : Number(began) / ticks,
    program: exe === '' ? null : exe.replace(/ \(deleted\)$/, ''),
    replaced,
  };
}
