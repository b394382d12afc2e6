import type { Change } from '../contract/change.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { refuseLocked, type RemovalAnswer } from './removal.ts';
import type { TreeAnswer, TreeEntry } from './tree.ts';
import { attributeGap, type AttributeGap, type WantedAttributes } from './wanted_attributes.ts';

/** The change that gives a directory and all below it the wanted attributes, or null; links get an owner, not a mode. Throws CannotPlan. */
export function recurseAttributes(
  given: string,
  entries: TreeAnswer,
  wanted: WantedAttributes,
  held: RemovalAnswer,
): Change | null {
  const off = entries.flatMap((entry) => {
    const gap = attributeGap(entry, wanted);
    return gap ? [{ entry, gap }] : [];
  });
  if (off.length === 0) return null;
  refuseLocked(held, new Set(off.map(({ entry }) => entry.path)));
  const shown = (entry: TreeEntry) => Buffer.from(entry.path, 'latin1').toString('utf8');
  return {
    what: `${given} and below: ${off.length} of ${entries.length} ${entries.length === 1 ? 'path gets' : 'paths get'} ${wantedText(wanted)}`,
    diff: {
      before: off.map(({ entry, gap }) => `${shown(entry)}: ${oneLine(gap.before)}\n`).join(''),
      after: off.map(({ entry, gap }) => `${shown(entry)}: ${oneLine(gap.after)}\n`).join(''),
    },
    touches: [`path:${given}`],
    // Deepest first, so that a directory is closed after what is in it, and opened before it on the way back.
    apply: each(off.toReversed(), ({ gap }) => gap),
    undo: each(off, ({ gap }) => gap.undo),
  };
}

interface Off {
  readonly entry: TreeEntry;
  readonly gap: AttributeGap;
}

function each(
  off: readonly Off[],
  of: (one: Off) => { readonly chown?: string; readonly chmod?: string },
): Script {
  return lines([
    ...grouped(off, (one) => of(one).chown).map(
      ([owner, paths]) => sh`${listed(paths)} | xargs -0 chown -h -- ${owner} || exit 1`,
    ),
    ...grouped(off, (one) => of(one).chmod).map(
      ([mode, paths]) => sh`${listed(paths)} | xargs -0 chmod -- ${mode} || exit 1`,
    ),
  ]);
}

/** Runs of neighbours that get the same, in order; at most as many as a shell word can hold. */
function grouped(off: readonly Off[], of: (one: Off) => string | undefined): [string, string[]][] {
  const groups: [string, string[]][] = [];
  for (const one of off) {
    const value = of(one);
    if (value === undefined) continue;
    const last = groups.at(-1);
    if (last && last[0] === value && last[1].length < 200) last[1].push(one.entry.path);
    else groups.push([value, [one.entry.path]]);
  }
  return groups;
}

/** Shell text that prints paths (bytes as characters), each ended by NUL. printf is built in, so they are in no argument list. */
export function listed(paths: readonly string[]): Script {
  const format = paths.map((path) => `${path.replaceAll(/[^A-Za-z0-9_./ -]/g, octal)}\\000`);
  return sh`printf ${format.join('')}`;
}

function octal(character: string): string {
  return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

function wantedText({ owner, group, mode }: WantedAttributes): string {
  return [
    ...(owner === undefined ? [] : [`owner ${owner}`]),
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(mode === undefined ? [] : [`mode ${mode}`]),
  ].join(', ');
}

function oneLine(text: string): string {
  return text.trimEnd().replaceAll('\n', ', ');
}
