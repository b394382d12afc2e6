/** Whether a name fits a pattern, as fnmatch(3) has it, without a backslash’s meaning: what stands in brackets is a set, an open bracket itself. */
export function globTest(pattern: string): RegExp {
  const parts = pattern.match(/\[!?\]?[^\]]*\]|[\s\S]/gu) ?? [];
  const text = parts.map((part) => {
    if (part === '*') return '[\\s\\S]*';
    if (part === '?') return '[\\s\\S]';
    if (part.length > 2 && part.startsWith('[')) return setOf(part);
    return escaped(part);
  });
  return new RegExp(`^(?:${text.join('')})$`, 'u');
}

function setOf(part: string): string {
  const isNot = part[1] === '!';
  const inner = part.slice(isNot ? 2 : 1, -1);
  return `[${isNot ? '^' : ''}${inner.replaceAll(/[\\\]^[]/g, '\\$&')}]`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
