import { CannotPlan } from '../../contract/change.ts';
import { globTest } from '../../contract/glob.ts';
import { nameOf } from '../../contract/host_path.ts';
import { type FindArgs, listOf } from './arguments.ts';
import type { Entry } from './walk.ts';

/** Whether an entry is what is looked for, its content apart; `now` are seconds since 1970. Throws CannotPlan. */
export function matcherOf(args: FindArgs, now: number): (entry: Entry) => boolean {
  const { file_type = 'file', use_regex = false, age_stamp = 'mtime' } = args;
  const patterns = listOf(args.patterns).map((text) => nameTest(text, use_regex, 'patterns'));
  const excludes = listOf(args.excludes).map((text) => nameTest(text, use_regex, 'excludes'));
  const isOld = threshold(args.age, { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 });
  const isLarge = threshold(args.size, { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 });
  return (entry) => {
    const name = Buffer.from(nameOf(entry.path), 'latin1').toString('utf8');
    return (
      (file_type === 'any' || entry.kind === file_type) &&
      (args.hidden === true || !name.startsWith('.')) &&
      (patterns.length === 0 || patterns.some((test) => test.test(name))) &&
      !excludes.some((test) => test.test(name)) &&
      isOld(now - entry[age_stamp]) &&
      (args.size === undefined || (entry.kind === 'file' && isLarge(entry.size)))
    );
  };
}

function nameTest(text: string, isRegex: boolean, argument: string): RegExp {
  try {
    return isRegex ? new RegExp(`^(?:${text})`, 'u') : globTest(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CannotPlan(
      `${JSON.stringify(text)} in \`${argument}\` is no ${isRegex ? 'regular expression' : 'pattern'}: ${error.message}`,
    );
  }
}

/** As Ansible has it: a number means at least, a minus before it at most. */
function threshold(
  given: string | undefined,
  units: Readonly<Record<string, number>>,
): (value: number) => boolean {
  const [, minus, digits, unit = ''] = /^(-?)(\d+)([a-z]?)$/.exec(given ?? '') ?? [];
  if (digits === undefined) return () => true;
  const limit = Number(digits) * (units[unit] ?? 1);
  return minus === '-' ? (value) => value <= limit : (value) => value >= limit;
}
