import { nameOf, parentOf } from '../../contract/host_path.ts';
import type { SshdFiles } from '../../facts/sshd_files.ts';
import { partsOf, quoted, wordsOf } from './lines.ts';

/** The includes as they would be with one more file, where an Include line of the main file takes it in. */
export function withFile(files: SshdFiles, main: string, path: string): SshdFiles['includes'] {
  const includes: Record<string, readonly string[]> = { ...files.includes };
  for (const { line, patterns } of includeLines(files.texts[main] ?? '')) {
    const place = `${main}:${line}`;
    const present = includes[place] ?? [];
    if (present.includes(path) || !patterns.some((pattern) => matches(pattern, path))) continue;
    includes[place] = [...present, path].toSorted();
  }
  return includes;
}

/** The name that stands for the new file in a main file that is to be tried. */
export const newFileMark = '@FETTLE-NEW-FILE@';

/** The main file as it is tried before the change: another name where it includes the changed file; null where it does not. */
export function trialOf(
  files: SshdFiles,
  includes: SshdFiles['includes'],
  main: string,
  path: string,
): string | null {
  let isIncluded = false;
  const lines = (files.texts[main] ?? '').split('\n').map((line, index) => {
    const list = includes[`${main}:${index + 1}`];
    if (!list?.includes(path)) return line;
    isIncluded = true;
    return `Include ${list.map((file) => (file === path ? newFileMark : quoted(file))).join(' ')}`;
  });
  return isIncluded ? lines.join('\n') : null;
}

function includeLines(
  text: string,
): readonly { readonly line: number; readonly patterns: readonly string[] }[] {
  return text.split('\n').flatMap((line, index) => {
    const parts = partsOf(line);
    if (parts?.keyword.toLowerCase() !== 'include') return [];
    try {
      const patterns = wordsOf(parts.value).map((word) => (word.startsWith('/') ? word : `/etc/ssh/${word}`));
      return [{ line: index + 1, patterns }];
    } catch {
      return [];
    }
  });
}

/** As glob(3) takes a name: a dot at its beginning is meant only where it is written. */
function matches(pattern: string, path: string): boolean {
  if (parentOf(pattern) !== parentOf(path)) return false;
  const name = nameOf(path);
  if (name.startsWith('.') && !nameOf(pattern).startsWith('.')) return false;
  const source = nameOf(pattern)
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}
