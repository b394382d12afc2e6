import { nameOf, parentOf } from '../../contract/host_path.ts';
import { sysctlFolders, type SysctlFile } from '../../facts/sysctl_files.ts';
import { sysctlWords } from '../../facts/sysctl.ts';
import { readSetting } from './line.ts';

const last = '/etc/sysctl.conf';

/** Why a setting in `file` does not count at boot: what is read after it, or in its place; null where it counts. */
export function overridden(
  file: string,
  path: string,
  value: string,
  files: readonly SysctlFile[],
): { readonly what: string; readonly file: string } | null {
  const order = readingOrder(file, files);
  const own = order.findIndex((one) => one.path === file);
  if (own < 0) {
    const instead = order.find((one) => nameOf(one.path) === nameOf(file));
    return instead && isRead(file)
      ? { what: `${instead.path} is read in its place`, file: instead.path }
      : null;
  }
  const later = order.slice(own + 1).flatMap((one) =>
    one.lines.flatMap(({ number, text }) => {
      const setting = readSetting(text);
      return setting?.path === path ? [{ file: one.path, number, value: setting.value }] : [];
    }),
  );
  const final = later.at(-1);
  if (!final || sysctlWords(final.value) === sysctlWords(value)) return null;
  return {
    what: `${final.file}, line ${final.number}, sets it to ${final.value || 'nothing'} after it`,
    file: final.file,
  };
}

function isRead(file: string): boolean {
  return file === last || (sysctlFolders.includes(parentOf(file)) && file.endsWith('.conf'));
}

/** By name whatever the folder, one file a name; /etc/sysctl.conf at the end, as `sysctl --system` has it. */
function readingOrder(file: string, files: readonly SysctlFile[]): readonly SysctlFile[] {
  const all =
    files.some(({ path }) => path === file) || !isRead(file) ? files : [...files, { path: file, lines: [] }];
  const rank = (path: string) => sysctlFolders.indexOf(parentOf(path));
  const byName = new Map<string, SysctlFile>();
  for (const one of all.filter(({ path }) => path !== last).toSorted((a, b) => rank(a.path) - rank(b.path))) {
    if (!byName.has(nameOf(one.path))) byName.set(nameOf(one.path), one);
  }
  const sorted = [...byName.values()].toSorted((a, b) => (nameOf(a.path) < nameOf(b.path) ? -1 : 1));
  return [...sorted, ...all.filter(({ path }) => path === last)];
}
