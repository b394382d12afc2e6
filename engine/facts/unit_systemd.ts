import { lines, sh, type Script } from '../shell/script.ts';

/** A unit as systemd sees it. */
export interface SystemdUnit {
  readonly manager: 'systemd';
  /** Its own name, where an alias was asked for. */
  readonly id: string;
  readonly load: 'loaded' | 'not-found' | 'masked' | 'error';
  /** What is wrong where load is `error`. */
  readonly problem?: string;
  /** "active", "inactive", "failed", "activating", "deactivating", "reloading". */
  readonly active: string;
  readonly sub: string;
  /** UnitFileState: "enabled", "disabled", "static", "masked", "masked-runtime", …; what rcN.d says for an init script. */
  readonly enabled: string;
  readonly pid: number | null;
  /** When it last became active or its main process began, in µs of the host's monotonic clock. */
  readonly startedAt: number | null;
  /** When it last became active, likewise. */
  readonly activeAt?: number | null;
  /** When its main process began, likewise; null for what has none. */
  readonly begunAt?: number | null;
  /** When its state last changed, likewise; systemd before 230 does not tell. */
  readonly changedAt: number | null;
  /** The host's clock when it was asked, likewise; it also counts the time in which the machine was suspended. */
  readonly now: number;
  readonly needDaemonReload: boolean;
  readonly fragmentPath: string;
  readonly canReload: boolean;
  /** "simple", "oneshot", …; empty for what is no service. */
  readonly type: string;
  readonly remainAfterExit: boolean;
  /** "success", "exit-code", "timeout", …. */
  readonly result: string;
  /** How its main process ended: "exit status 3", "signal 9". */
  readonly ended: string | null;
  /** How often systemd has restarted it by itself; null before 235. */
  readonly restarts: number | null;
  /** The drop-ins that systemd has read for it. */
  readonly dropIns?: readonly string[];
  /** Whether there is a unit file for it, read by systemd or not. */
  readonly onDisk: boolean;
  /** Whether links start it at boot; told of masked units, whose `enabled` does not say it. */
  readonly linked?: boolean;
  /** Another name of it that was asked for, a link of the administrator's: `disable` removes that too. */
  readonly alias?: string;
}

const suffixes = /\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;

/** A unit's full name, as systemctl completes it. */
export function unitName(name: string): string {
  return suffixes.test(name) ? name : `${name}.service`;
}

/** Whether systemctl takes a full name as one unit: no pattern, no template without its instance. */
export function isUnitName(name: string): boolean {
  return /^[A-Za-z0-9:_.\\@-]{1,255}$/.test(name) && !/^\.|@\.[a-z]+$/.test(name);
}

const properties = [
  ...['Id', 'LoadState', 'ActiveState', 'SubState', 'UnitFileState', 'FragmentPath', 'SourcePath'],
  ...['MainPID', 'ActiveEnterTimestampMonotonic', 'ExecMainStartTimestampMonotonic'],
  ...['StateChangeTimestampMonotonic', 'NeedDaemonReload', 'CanReload', 'Type', 'RemainAfterExit'],
  ...['Result', 'ExecMainCode', 'ExecMainStatus', 'NRestarts', 'DropInPaths'],
];

/** Where a manager of systemd's looks for units, and how it is asked. */
export interface UnitManager {
  /** The command that speaks to it. */
  readonly systemctl: Script;
  /** Words of a shell: the administrator's folder, the one that goes with the next boot, the others. */
  readonly folders: readonly [Script, Script, Script];
}

/** The host's own systemd. */
export const systemManager: UnitManager = {
  systemctl: sh`systemctl`,
  folders: [
    sh`/etc/systemd/system`,
    sh`/run/systemd/system`,
    sh`/usr/local/lib/systemd/system /usr/lib/systemd/system /lib/systemd/system`,
  ],
};

/** Prints the host's clock, a line a unit (letters for what its files say, its drop-ins), then systemctl's blocks. */
export function askSystemd(names: readonly string[], manager = systemManager): Script {
  const [own, passing, others] = manager.folders;
  return lines([
    sh`read -r up rest </proc/uptime; printf '%s\\n' "$up"`,
    sh`e=${own} r=${passing}`,
    sh`w() {
f=-
for d in "$e" "$r" ${others}; do
if [ -e "$d/$1" ] || [ -e "$d/$2" ]; then f=\${f}d; break; fi
done
if [ -c "$r/$1" ] && ! [ -c "$e/$1" ]; then f=\${f}r; fi
if [ -L "$e/$1" ]; then f=\${f}a; fi
if [ -c "$e/$1" ] || [ -c "$r/$1" ]; then
for l in "$e"/*.wants/"$1" "$e"/*.requires/"$1"; do
if [ -L "$l" ]; then f=\${f}l; break; fi
done
fi
if [ -e "/etc/init.d/$3" ]; then
for l in /etc/rc[2345].d/S[0-9][0-9]"$3" /etc/rc.d/rc[2345].d/S[0-9][0-9]"$3"; do
if [ -e "$l" ] || [ -L "$l" ]; then f=\${f}s; break; fi
done
fi
p "$1"; if [ "$1" != "$2" ]; then p "$2"; fi
printf '%s\\n' "$f"
}
p() {
for p in "$e/$1".d/*.conf "$r/$1".d/*.conf; do
n=\${p##*/}
case $n in *[!A-Za-z0-9:_.@-]*) continue ;; esac
if [ -f "$p" ]; then f="$f $n"; fi
done
}`,
    ...names.map((name) => sh`w ${name} ${templateOf(name)} ${name.replace(/\.service$/, '')}`),
    names.length > 0
      ? sh`${manager.systemctl} show --no-pager -p ${properties.join(',')} -- ${names} 2>&1`
      : sh`:`,
  ]);
}

/** The answers to `askSystemd` by full name. */
export function parseSystemd(told: string, names: readonly string[]): ReadonlyMap<string, SystemdUnit> {
  const [up = '', ...rest] = told.split('\n');
  const now = Math.round(Number(up) * 1e6);
  const letters = rest.slice(0, names.length);
  const blocks = rest.slice(names.length).join('\n').split(/\n\n+/);
  return new Map(
    names.map((name, index) => [name, toUnit(name, blocks[index] ?? '', letters[index] ?? '', now, told)]),
  );
}

/** The template of an instance; any other name as it is. */
export function templateOf(name: string): string {
  return name.replace(/@.*(\.[a-z]+)$/, '@$1');
}

function toUnit(name: string, block: string, line: string, now: number, told: string): SystemdUnit {
  const [letters = '', ...dropIns] = line.split(' ');
  const value = readBlock(block);
  const text = (property: string) => value.get(property) ?? '';
  const time = (property: string) => Number(text(property)) || null;
  const load = loadOf(text('LoadState'));
  const id = text('Id') || name;
  const problem = value.has('Id') ? `its load state is ${text('LoadState')}` : lastWords(told);
  return {
    manager: 'systemd',
    id,
    load,
    ...(load === 'error' ? { problem } : {}),
    active: text('ActiveState') || 'inactive',
    sub: text('SubState') || 'dead',
    enabled: enabledOf(load, text('UnitFileState'), text('SourcePath'), letters),
    pid: time('MainPID'),
    startedAt: latest(time('ActiveEnterTimestampMonotonic'), time('ExecMainStartTimestampMonotonic')),
    activeAt: time('ActiveEnterTimestampMonotonic'),
    begunAt: time('ExecMainStartTimestampMonotonic'),
    changedAt: time('StateChangeTimestampMonotonic'),
    now,
    needDaemonReload:
      text('NeedDaemonReload') === 'yes' || (load === 'loaded' && hasUnread(dropIns, text('DropInPaths'))),
    fragmentPath: text('FragmentPath'),
    canReload: text('CanReload') === 'yes',
    type: text('Type'),
    remainAfterExit: text('RemainAfterExit') === 'yes',
    result: text('Result'),
    ended: endedOf(text('ExecMainCode'), text('ExecMainStatus')),
    restarts: value.has('NRestarts') ? Number(text('NRestarts')) : null,
    dropIns: text('DropInPaths').split(' ').filter(Boolean),
    onDisk: letters.includes('d'),
    ...(load === 'masked' ? { linked: letters.includes('l') } : {}),
    ...(id !== name && letters.includes('a') ? { alias: name } : {}),
  };
}

function readBlock(block: string): ReadonlyMap<string, string> {
  const pairs = block.split('\n').flatMap((line) => {
    const at = line.indexOf('=');
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
  });
  return new Map(pairs);
}

function loadOf(state: string): SystemdUnit['load'] {
  return state === 'loaded' || state === 'not-found' || state === 'masked' ? state : 'error';
}

/** systemd itself does not see a drop-in whose folder is new: it remembers which folders there were. */
function hasUnread(dropIns: readonly string[], paths: string): boolean {
  const read = paths.split(' ').map((path) => path.slice(path.lastIndexOf('/') + 1));
  return dropIns.some((name) => !read.includes(name));
}

/** systemctl says on standard error why it could not look. */
function lastWords(told: string): string {
  return told.trimEnd().split('\n').at(-1) ?? '';
}

/**
 * 219 calls the state of masked units and of init scripts "bad", 208 nothing at all, later ones call scripts
 * "generated"; the links in rcN.d tell of scripts on all of them.
 */
function enabledOf(load: SystemdUnit['load'], state: string, source: string, letters: string): string {
  if (load === 'masked') return letters.includes('r') ? 'masked-runtime' : 'masked';
  if (/\/init\.d\//.test(source)) return letters.includes('s') ? 'enabled' : 'disabled';
  return state;
}

function latest(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

/** The codes are those of waitid(2). */
function endedOf(code: string, status: string): string | null {
  if (code === '1') return `exit status ${status}`;
  if (code === '2' || code === '3') return `signal ${status}`;
  return null;
}
