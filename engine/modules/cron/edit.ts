import { CannotPlan } from '../../contract/change.ts';
import { Secret } from '../../shell/secret.ts';
import type { CronArgs } from './arguments.ts';

/** A crontab with one character a byte, and what was done to it; `what` is absent where nothing was. */
export interface EditedCrontab {
  readonly text: string;
  readonly what?: string;
}

/** Makes the edit that is asked for, as Ansible makes it; all other lines stay as they are. Throws CannotPlan. */
export function editCrontab(text: string, args: CronArgs): EditedCrontab {
  const before = linesOf(withoutHeader(text));
  const { after, what } = args.env ? editVariable(before, args) : editJob(before, args);
  return what === undefined ? { text } : { text: after.map((line) => `${line}\n`).join(''), what };
}

/** The line of a job without its end. Throws CannotPlan. */
export function jobLine(args: CronArgs): string {
  const command = valueOf(args).replace(/^[\r\n]+|[\r\n]+$/g, '');
  if (/[\r\n]/.test(command)) {
    throw new CannotPlan('the job has more than one line, and each line of a crontab is a job of its own', {
      next: 'join them by ; or put them into a script',
    });
  }
  const { minute = '*', hour = '*', day = '*', month = '*', weekday = '*', special_time: special } = args;
  const fields = [minute, hour, day, month, weekday];
  if (special !== undefined && fields.some((field) => field !== '*'))
    throw new CannotPlan('special_time excludes minute, hour, day, month and weekday');
  const time = special === undefined ? fields.join(' ') : `@${special}`;
  const user = args.cron_file === undefined ? '' : `${args.user} `;
  return `${args.disabled ? '#' : ''}${time} ${user}${asBytes(command)}`;
}

interface Edit {
  readonly after: readonly string[];
  readonly what?: string;
}

const mark = '#Ansible: ';

function editJob(before: readonly string[], args: CronArgs): Edit {
  const marker = `${mark}${asBytes(args.name)}`;
  const places = before.flatMap((line, index) => (line === marker ? [index] : []));
  const shown = `the job ${JSON.stringify(args.name)}`;
  if (args.state === 'absent') {
    if (places.length === 0) return { after: before };
    const gone = new Set(places.flatMap((at) => (hasJob(before, at) ? [at, at + 1] : [at])));
    return { after: before.filter((_line, index) => !gone.has(index)), what: `remove ${shown} from` };
  }
  const job = jobLine(args);
  const [first, ...others] = places;
  if (first === undefined) {
    // A job that somebody put there by hand gets its name.
    const same = before.findIndex((line, index) => line === job && !before[index - 1]?.startsWith(mark));
    if (same >= 0) return { after: before.toSpliced(same, 0, marker), what: `name ${shown} in` };
    return { after: [...before, marker, job], what: `add ${shown} to` };
  }
  if (before[first + 1] === job && others.length === 0) return { after: before };
  // The same name again would be the same job twice.
  const gone = new Set(others.flatMap((at) => (hasJob(before, at) ? [at, at + 1] : [at])));
  const kept = before.filter((_line, index) => !gone.has(index));
  return {
    after: kept.toSpliced(first + 1, hasJob(kept, first) ? 1 : 0, job),
    what: `change ${shown} in`,
  };
}

/** Whether the line below a marker is its job, and not another marker or a line of somebody's own. */
function hasJob(all: readonly string[], at: number): boolean {
  return /^#?\s*[-@0-9*~]/.test(all[at + 1] ?? '');
}

function editVariable(before: readonly string[], args: CronArgs): Edit {
  const { name, insertafter, insertbefore } = args;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new CannotPlan(`${name} is no name of a variable`);
  if (insertafter !== undefined && insertbefore !== undefined)
    throw new CannotPlan('insertafter and insertbefore exclude each other');
  const shown = `the variable ${name}`;
  const isOld = (line: string) => line.startsWith(`${name}=`);
  const rest = before.filter((line) => !isOld(line));
  const first = before.findIndex(isOld);
  if (args.state === 'absent')
    return first < 0 ? { after: before } : { after: rest, what: `remove ${shown} from` };
  const declaration = `${name}=${quoted(asBytes(valueOf(args)))}`;
  if (first >= 0) {
    const isSame = before[first] === declaration && rest.length === before.length - 1;
    return isSame
      ? { after: before }
      : { after: rest.toSpliced(first, 0, declaration), what: `change ${shown} in` };
  }
  const other = insertafter ?? insertbefore;
  const beside = other === undefined ? 0 : before.findIndex((line) => line.startsWith(`${other}=`));
  if (beside < 0) throw new CannotPlan(`there is no variable ${other} beside which to put ${name}`);
  return {
    after: before.toSpliced(insertafter === undefined ? beside : beside + 1, 0, declaration),
    what: `add ${shown} to`,
  };
}

// crontab(5) takes one pair of quotes away and knows no way to write a quote within.
function quoted(value: string): string {
  if (/[\r\n]/.test(value)) throw new CannotPlan('the value of a variable has one line');
  if (!value.includes('"')) return `"${value}"`;
  if (!value.includes("'")) return `'${value}'`;
  throw new CannotPlan('the value of a variable cannot hold both kinds of quotes');
}

function valueOf({ job, value, env }: CronArgs): string {
  const given = job ?? value;
  if (given === undefined) throw new CannotPlan(env ? 'value is needed' : 'job is needed');
  return given instanceof Secret ? given.reveal() : given;
}

/** Some crontab(1) put three comments on top each time, and show them. */
function withoutHeader(text: string): string {
  const header =
    /^# DO NOT EDIT THIS FILE - edit the master and reinstall\.\n# \(.* installed on .*\)\n# \(.*version.*\)\n/i;
  return text.replace(header, '');
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}
