import { CannotPlan } from '../../contract/change.ts';
import { isPasswordModule } from '../../facts/pam/modules.ts';
import type { PamArgs } from './arguments.ts';
import { type Counted, firstGuard } from './jumps.ts';
import { isModule } from './wanted.ts';

/** Where a line may stand among the others of its stack: from `first` to `last`, counted in lines before it. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Where `before` and `after` let a line stand. Throws CannotPlan where they name nothing, or leave no room. */
export function rangeOf(lines: readonly Counted[], { before, after }: PamArgs, file: string): Range {
  const first = after === undefined ? 0 : Math.max(...anchors(lines, after, file), -1) + 1;
  const at = before === undefined ? lines.length : Math.min(...anchors(lines, before, file), lines.length);
  const last = before === 'passwords' ? firstGuard(lines, at) : before === 'all' ? 0 : at;
  const range = { first: after === 'all' ? lines.length : first, last };
  if (range.first <= range.last) return range;
  throw new CannotPlan(`in ${file}, nothing is after "${after}" and before "${before}" at once`, {
    next: 'say one of them alone, or put those lines in order first',
  });
}

function anchors(lines: readonly Counted[], anchor: string, file: string): readonly number[] {
  if (anchor === 'all') return [];
  const [module = '', ...words] = anchor.split(' ');
  const found = lines.flatMap(({ rule }, index) => {
    const isIt =
      anchor === 'passwords'
        ? rule.includes === null && isPasswordModule(rule.target?.text ?? '')
        : isModule(rule, module) && words.every((word) => rule.args.some(({ text }) => text === word));
    return isIt ? [index] : [];
  });
  if (found.length > 0) return found;
  throw new CannotPlan(
    anchor === 'passwords'
      ? `no line of ${file} itself asks for a password`
      : `${file} has no line of ${anchor} in that stack`,
    { next: 'name a line that it has, or edit the file that it includes' },
  );
}
