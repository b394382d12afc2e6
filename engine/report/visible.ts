/**
 * A text from a host or file that is safe on a terminal: control characters are shown, not obeyed, and so is what cannot be
 * seen or turns the text around. Line ends and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(obeyed, shown);
}

/** A name in a line of its own making: a line end in it would begin another line of the report. */
export function visibleName(text: string): string {
  return visible(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

const obeyed =
  // biome-ignore lint: the very characters that must not reach a terminal
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

function shown(character: string): string {
  if (character === '\r') return '\\r';
  const code = character.codePointAt(0) ?? 0;
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  return code > 0xff
    ? `\\u${code.toString(16).padStart(4, '0')}`
    : `\\x${code.toString(16).padStart(2, '0')}`;
}
