import { structuredPatch } from 'diff';
import { visible, visibleName } from './visible.ts';

const mostLines = 200;
const mostCharacters = 1000;
/** More would hold up the run for seconds; of so many lines no more than the first are shown anyway. */
const mostEdits = 1000;

/** The difference of two texts as `git diff` shows it, a line each; with the file's header where its path is given. */
export function diffLines(before: string | null, after: string | null, path?: string): readonly string[] {
  if ((before ?? '') === (after ?? '')) return [];
  return [...header(before, after, path), ...shortened(hunkLines(before ?? '', after ?? ''))];
}

function hunkLines(before: string, after: string): readonly string[] {
  // All of one side: nothing is to be compared, however long it is.
  if (before === '' || after === '') {
    const [removed, added] = [signed(before, '-'), signed(after, '+')];
    return [`@@ -${range(1, countOf(before))} +${range(1, countOf(after))} @@`, ...removed, ...added];
  }
  const patch = structuredPatch('', '', before, after, undefined, undefined, {
    context: 3,
    maxEditLength: mostEdits,
  });
  if (!patch) return [`(too different to show: ${countOf(before)} lines before, ${countOf(after)} after)`];
  return patch.hunks.flatMap((hunk) => [
    `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`,
    ...hunk.lines,
  ]);
}

function signed(text: string, sign: '+' | '-'): readonly string[] {
  const lines = text.split('\n').map((line) => sign + line);
  return text === '' || text.endsWith('\n') ? lines.slice(0, -1) : [...lines, '\\ No newline at end of file'];
}

function countOf(text: string): number {
  return text.split('\n').length - (text === '' || text.endsWith('\n') ? 1 : 0);
}

function shortened(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, mostLines).map((line) => {
    const more = line.length - mostCharacters;
    return visible(more > 0 ? `${line.slice(0, mostCharacters)}… (${more} more characters)` : line);
  });
  return lines.length > mostLines ? [...shown, `(${lines.length - mostLines} more lines)`] : shown;
}

function header(before: string | null, after: string | null, path: string | undefined): readonly string[] {
  if (path === undefined) return [];
  const name = visibleName(path);
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
