import type {
  Process,
  ProcessAnswer,
  ProcessLook,
  ProcessSign,
  ProcessSubject,
} from '../../facts/process.ts';
import type { ProcessArgs } from './arguments.ts';

/** What is wrong, and with which processes. */
export interface Failure {
  readonly kind: 'few' | 'many' | ProcessSign | 'cpu' | 'age';
  readonly what: string;
  readonly processes: readonly Process[];
}

/** What is looked at, and what of it is known. */
export interface Judged {
  readonly args: ProcessArgs;
  readonly rule: ProcessSubject;
  readonly answer: ProcessAnswer;
  /** The numbers of the users that `exempt` names. */
  readonly exemptUsers: readonly number[];
}

/** What is wrong in every look that there was; a process counts only as the same in all of them. */
export function judge(judged: Judged): readonly Failure[] {
  const { args, rule, answer } = judged;
  const { looks } = answer;
  const last = looks.at(-1) as ProcessLook;
  // A second look for its processor time alone says nothing against the first.
  const counted = looks.map((look) => countFailure(rule, look));
  const count = counted.every((one) => one?.kind === counted[0]?.kind) ? counted.at(-1) : null;
  const signs = rule.signs.flatMap((sign) => signFailure(judged, sign) ?? []);
  return [count, ...signs, cpuFailure(judged), ageFailure(args, answer.hertz, last)].filter(
    (one) => one !== null && one !== undefined,
  );
}

/** "worker 12 (/usr/bin/worker)". */
export function shownProcess({ name, pid, exe }: Process): string {
  return `${name} ${pid}${exe === null ? '' : ` (${exe})`}`;
}

/** What a rule is about: "sshd", "processes of root". */
export function subjectOf({ name, exe, user, type }: ProcessSubject): string {
  const parts = [
    name ?? (exe === undefined ? 'processes' : undefined),
    exe,
    user === undefined ? undefined : `of user ${user}`,
    type === undefined ? undefined : `of type ${type}`,
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}

function countFailure(rule: ProcessSubject, { processes }: ProcessLook): Failure | null {
  const { min, max } = rule;
  const wanted =
    max === null
      ? `at least ${min}`
      : min === max
        ? `${min}`
        : min === 0
          ? `at most ${max}`
          : `${min} to ${max}`;
  const what = `${subjectOf(rule)}: there ${processes.length === 1 ? 'is' : 'are'} ${processes.length}, wanted ${wanted}`;
  if (processes.length < min) return { kind: 'few', what, processes: [] };
  if (max !== null && processes.length > max) return { kind: 'many', what, processes };
  return null;
}

const meanings: Readonly<Record<ProcessSign, string>> = {
  gid0: 'has group 0, but is not user 0 (setuid before setgid?)',
  init_t: 'runs as init_t: the label of its program lets no transition happen (restorecon -nv)',
  deleted: 'runs a program that was replaced since: it wants a restart',
};

function signFailure(judged: Judged, sign: ProcessSign): Failure | null {
  const shown = judged.answer.looks.map(({ processes }) =>
    processes.filter((one) => shows(sign, one) && !isExempt(judged, one)),
  );
  const [first = [], ...others] = shown;
  const processes = first.filter((one) => others.every((look) => look.some((other) => isSame(one, other))));
  if (processes.length === 0) return null;
  return { kind: sign, what: `${processes.map(shownProcess).join(', ')}: ${meanings[sign]}`, processes };
}

function shows(sign: ProcessSign, { pid, name, uid, hasGroup0, isDeleted, label }: Process): boolean {
  if (sign === 'gid0') return hasGroup0 && uid !== null && uid !== 0;
  if (sign === 'deleted') return isDeleted;
  // systemd's helper is forked from process 1 and never runs another program.
  return typeOf(label) === 'init_t' && pid !== 1 && name !== '(sd-pam)';
}

function typeOf(label: string | null): string | undefined {
  return label?.split(':')[2];
}

function isExempt({ args: { exempt = [] }, exemptUsers }: Judged, { name, exe, uid }: Process): boolean {
  if (uid !== null && exemptUsers.includes(uid)) return true;
  return exempt.some((one) => sameName(one, name) || one === exe || one === String(uid));
}

/** The kernel keeps 15 bytes of a name. */
export function sameName(wanted: string, name: string): boolean {
  return wanted === name || Buffer.from(wanted).subarray(0, 15).toString('utf8') === name;
}

function isSame(one: Process, other: Process): boolean {
  return one.pid === other.pid && one.startedAt === other.startedAt;
}

function cpuFailure(judged: Judged): Failure | null {
  const { looks, hertz } = judged.answer;
  const { cpu_max: most } = judged.args;
  const [first, second] = [looks[0], looks.at(-1)];
  if (most === undefined || !first || !second || looks.length < 2) return null;
  const seconds = second.uptime - first.uptime;
  if (seconds <= 0) return null;
  const shares = second.processes.flatMap((one) => {
    const before = first.processes.find((other) => isSame(one, other));
    if (!before || isExempt(judged, one) || mayCompute(judged.args, one)) return [];
    const share = ((one.ticks - before.ticks) / hertz / seconds) * 100;
    return share > most ? [{ one, share }] : [];
  });
  if (shares.length === 0) return null;
  const what = shares
    .map(({ one, share }) => `${shownProcess(one)} uses ${Math.round(share)}% of a core`)
    .join(', ');
  return { kind: 'cpu', what: `${what}, wanted at most ${most}%`, processes: shares.map(({ one }) => one) };
}

/** Whether it is of those that may use what nobody else wants. */
function mayCompute({ exempt_nice, exempt_uid_min: least }: ProcessArgs, { nice, uid }: Process): boolean {
  return (exempt_nice === true && nice > 0) || (least !== undefined && uid !== null && uid >= least);
}

function ageFailure(
  { min_age: least }: ProcessArgs,
  hertz: number,
  { uptime, processes }: ProcessLook,
): Failure | null {
  if (least === undefined || processes.length === 0) return null;
  const oldest = Math.max(...processes.map(({ startedAt }) => uptime - startedAt / hertz));
  if (oldest >= least) return null;
  const what = `the oldest of ${processes.map(shownProcess).join(', ')} has been up for ${oldest.toFixed(1)} s, wanted ${least}: does it die and start again?`;
  return { kind: 'age', what, processes };
}
