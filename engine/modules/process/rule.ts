import { CannotPlan } from '../../contract/change.ts';
import type { ProcessSubject } from '../../facts/process.ts';
import { Secret } from '../../shell/secret.ts';
import type { ProcessArgs } from './arguments.ts';

/** What the arguments ask for. Throws CannotPlan for those that do not go together. */
export function ruleOf(args: ProcessArgs): ProcessSubject {
  const {
    selector,
    exe,
    user,
    setype,
    count,
    signs = [],
    cpu_max: cpu,
    interval = 1,
    min_age: age,
    recheck = 5,
  } = args;
  if (
    Object.values(args)
      .flat()
      .some((value: unknown) => value instanceof Secret)
  )
    throw new CannotPlan(
      'what processes are called can be read by every user of the host: it takes no secret',
    );
  if (selector !== undefined && (args.name !== undefined || count !== undefined))
    throw new CannotPlan('`selector` says the name and the count already');
  const at = selector?.lastIndexOf(':') ?? -1;
  const name = selector?.slice(0, at) ?? args.name;
  const hasMore = signs.length > 0 || cpu !== undefined || age !== undefined;
  const [min, max] = rangeOf(selector?.slice(at + 1) ?? count ?? (hasMore ? '0-' : '1-'));
  if ([name, exe, user, setype].every((one) => one === undefined) && (count !== undefined || !hasMore)) {
    throw new CannotPlan('nothing says which processes are meant', {
      next: 'give `name`, `exe`, `user` or `setype`, or `selector`: "sshd:1-"',
    });
  }
  return {
    ...(name === undefined ? {} : { name }),
    ...(exe === undefined ? {} : { exe }),
    ...(user === undefined ? {} : { user }),
    ...(setype === undefined ? {} : { type: setype }),
    min,
    max,
    recheck,
    interval: cpu === undefined ? 0 : interval,
    signs,
    ...(args.exempt === undefined ? {} : { exempt: args.exempt }),
  };
}

/** "2-5", "1-", "-3", "4"; null for no end. */
function rangeOf(text: string | number): readonly [number, number | null] {
  const [from = '', to] = String(text).split('-');
  const min = from === '' ? 0 : Number(from);
  const max = to === undefined ? min : to === '' ? null : Number(to);
  if (max !== null && max < min) throw new CannotPlan(`the range ${text} is empty`);
  return [min, max];
}
