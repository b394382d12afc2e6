/** The bytes from `start` up to `end` of one file of a configuration, which is told by its number. */
export interface Place {
  readonly file: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Where a character comes from: its own place first, then the place of each parameter that it came through, the one in
 * the line itself last. What keepalived makes up (`${_PWD}`) has no place of its own.
 */
export type Origin = readonly Place[];

/** Text that knows where each of its characters comes from; a character is a byte. */
export interface Text {
  readonly chars: string;
  readonly from: readonly Origin[];
}

/** A piece of a file as it stands there. */
export function textOf(file: number, whole: string, start: number, end: number): Text {
  const from = Array.from({ length: end - start }, (_, index): Origin => {
    return [{ file, start: start + index, end: start + index + 1 }];
  });
  return { chars: whole.slice(start, end), from };
}

/** Text from nowhere, or put in the place of what `origin` tells. */
export function madeText(chars: string, origin: Origin): Text {
  return { chars, from: Array.from(chars, () => origin) };
}

export function cut(text: Text, start: number, end: number = text.chars.length): Text {
  return { chars: text.chars.slice(start, end), from: text.from.slice(start, end) };
}

export function join(...texts: readonly Text[]): Text {
  return { chars: texts.map((text) => text.chars).join(''), from: texts.flatMap((text) => text.from) };
}

/** Without blanks and tabs at both ends. */
export function trimmed(text: Text): Text {
  const start = /^[ \t]*/.exec(text.chars)?.[0].length ?? 0;
  const end = text.chars.length - (/[ \t]*$/.exec(text.chars.slice(start))?.[0].length ?? 0);
  return cut(text, start, end);
}

/** The place that a text takes when it is put in, read at the text's own level: from its first byte to its last. */
export function originOf(text: Text): Origin {
  const first = text.from[0]?.[0];
  const last = text.from.at(-1)?.[0];
  if (!first || !last || first.file !== last.file || last.end < first.start) return text.from[0] ?? [];
  return [{ file: first.file, start: first.start, end: last.end }, ...(text.from[0]?.slice(1) ?? [])];
}

/**
 * The places that could be edited to change a whole text, those of definitions before those where they are used.
 * At most `gap` bytes may lie between two characters: quotes, or blanks between words. Whether an edit there changes
 * nothing else is for the reader to find out.
 */
export function placesOf(text: Text, gap: number): readonly Place[] {
  const depth = Math.max(0, ...text.from.map((origin) => origin.length));
  const found: Place[] = [];
  for (let level = depth - 1; level >= 0; level -= 1) {
    const place = placeAt(text, level, gap);
    if (place && !found.some((one) => one.file === place.file && one.start === place.start))
      found.push(place);
  }
  return found;
}

// The level is counted from the line itself, so that text from a definition and a parameter within it meet.
function placeAt(text: Text, level: number, gap: number): Place | undefined {
  const places = text.from.map((origin) => origin[Math.max(0, origin.length - 1 - level)]);
  const [first] = places;
  if (!first) return undefined;
  let end = first.end;
  let at = first;
  for (const place of places) {
    if (!place || place.file !== first.file || place.start < at.start || place.start > end + gap)
      return undefined;
    at = place;
    end = Math.max(end, place.end);
  }
  return { file: first.file, start: first.start, end };
}
