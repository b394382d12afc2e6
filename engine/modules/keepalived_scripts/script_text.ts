/** What a script's first line says is to run it: "/bin/sh"; for `/usr/bin/env bash` "bash". Null where it says nothing. */
export function shebangOf(bytes: Buffer | undefined): string | null {
  const [, program, rest = ''] =
    /^#![ \t]*(\S+)[ \t]*([^\n]*)/.exec(bytes?.toString('latin1', 0, 512) ?? '') ?? [];
  if (program === undefined) return null;
  if (!program.endsWith('/env')) return program;
  return (
    rest.split(/\s+/).find((word) => word !== '' && !word.startsWith('-') && !word.includes('=')) ?? program
  );
}

/** Whether a file is text at all, not a program of machine code. */
export function isText(bytes: Buffer): boolean {
  return !bytes.subarray(0, 4096).includes(0);
}

/** Whether a script asks where it lies itself. */
export function looksBeside(bytes: Buffer | undefined): boolean {
  if (!bytes || !isText(bytes)) return false;
  return linesOf(bytes).some((line) =>
    /dirname[^\n]*\$\{?0\b|\$\{0%|BASH_SOURCE|__file__|readlink[^\n]*\$\{?0\b|realpath[^\n]*\$\{?0\b/.test(
      line,
    ),
  );
}

/** The lines of a script without comments; a line that ends in a backslash takes the next one in. */
export function linesOf(bytes: Buffer): readonly string[] {
  return bytes
    .toString('latin1')
    .replaceAll(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/^\s*#.*|\s#[^'"]*$/, '').trim());
}
