import { CannotPlan, type Change } from '../../contract/change.ts';
import { changeOfAttributes } from '../../facts/attribute_change.ts';
import type { PathAnswer } from '../../facts/path.ts';
import { writeFile } from '../../facts/write_file.ts';
import { refused, refusing } from '../../shell/replace_file.ts';
import { lines, sh } from '../../shell/script.ts';
import type { FileArgs } from './arguments.ts';

/** An empty file where there is nothing, new times where there is something. */
export function planTouch(args: FileArgs, given: string, at: PathAnswer): readonly Change[] {
  if (at.kind === 'absent') {
    const empty = { kind: 'bytes', bytes: Buffer.alloc(0) } as const;
    return [
      writeFile({
        ...args,
        path: given,
        at,
        now: { kind: 'absent' },
        content: empty,
        what: `make empty file ${given}`,
      }),
    ];
  }
  if (at.kind === 'link' && !at.followed) {
    throw new CannotPlan(`${given} is a link to ${at.target}, which does not exist`, {
      missing: `path:${given}`,
      next: 'touch what it should lead to, or remove the link',
    });
  }
  const flags = `${args.access_time === 'preserve' ? '' : 'a'}${args.modification_time === 'preserve' ? '' : 'm'}`;
  const attributes = changeOfAttributes(given, at, args);
  if (flags === '') return attributes ? [attributes] : [];
  const { mtime } = at.kind === 'link' && at.followed ? at.followed : at;
  const touched: Change = {
    what: `touch ${given}`,
    diff: { before: `modified ${shownTime(mtime)}\n`, after: 'modified now\n' },
    touches: [`path:${given}`],
    apply: lines([refusing, sh`touch -c ${`-${flags}`} -- ${given} || ${refused(given)}`]),
    undo: flags.includes('m') ? sh`touch -c -m -d ${`@${mtime}`} -- ${given} || exit 1` : sh`:`,
  };
  return [...(attributes ? [attributes] : []), touched];
}

function shownTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
