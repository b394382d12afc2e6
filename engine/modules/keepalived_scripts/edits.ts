import type { ConfigTree } from './read_lines.ts';
import type { Place } from './text.ts';

/** Text that is put in the place of other text. */
export interface Edit {
  readonly place: Place;
  readonly text: string;
}

/** A configuration with edits made; those of one file may not overlap, and one that does is left out. */
export function edited(tree: ConfigTree, edits: readonly Edit[]): ConfigTree {
  const files = tree.files.map((file, index) => {
    const own = edits.filter(({ place }) => place.file === index);
    return own.length === 0 || file.text === null ? file : { ...file, text: editText(file.text, own) };
  });
  return { ...tree, files, included: (directory, pattern) => tree.included(directory, pattern) };
}

function editText(text: string, edits: readonly Edit[]): string {
  let made = '';
  let at = 0;
  for (const { place, text: put } of edits.toSorted((a, b) => a.place.start - b.place.start)) {
    if (place.start < at) continue;
    made += text.slice(at, place.start) + put;
    at = place.end;
  }
  return made + text.slice(at);
}
