import { structuredPatch } from 'diff';
import { visible } from './visible.ts';

const mostLines = 200;
const mostEdits = 5000;

/** The difference of two texts as `git diff` shows it, a line each; with the file's header where its path is given. */
export function diffLines(before: string | null, after: string | null, path?: string): readonly string[] {
  if (before === after) return [];
  const patch = structuredPatch('', '', before ?? '', after ?? '', undefined, undefined, {
    context: 3,
    maxEditLength: mostEdits,
  });
  if (!patch) return ['(too different to show)'];
  const lines = patch.hunks.flatMap((hunk) => [
    `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`,
    ...hunk.lines.map(visible),
  ]);
  const shown =
    lines.length <= mostLines
      ? lines
      : [...lines.slice(0, mostLines), `(${lines.length - mostLines} more lines)`];
  return lines.length === 0 ? [] : [...header(before, after, path), ...shown];
}

function header(before: string | null, after: string | null, path: string | undefined): readonly string[] {
  if (path === undefined) return [];
  const name = visible(path);
  return [
    before === null ? '--- /dev/null' : `--- a${name}`,
    after === null ? '+++ /dev/null' : `+++ b${name}`,
  ];
}

/** A side without lines starts at 0, and one line needs no number, as diff(1) has it. */
function range(start: number, lines: number): string {
  if (lines === 1) return String(start);
  return `${lines === 0 ? start - 1 : start},${lines}`;
}
