/** A text from a host or file that is safe on a terminal: control characters are shown, not obeyed. */
export function visible(text: string): string {
  // biome-ignore lint: the very characters that must not reach a terminal
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, shown);
}

function shown(character: string): string {
  if (character === '\r') return '\\r';
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
