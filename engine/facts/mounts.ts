import type { Fact, Key } from '../contract/fact.ts';
import { ancestorsOf, isBelow } from '../contract/host_path.ts';
import { sh } from '../shell/script.ts';

/** A path, tidy and with its links followed. */
export interface MountsSubject {
  readonly path: string;
}

/** A row of /proc/self/mountinfo: proc(5). */
export interface Mount {
  /** "major:minor". */
  readonly device: string;
  /** What part of its file system is mounted; `/` for all of it. */
  readonly root: string;
  readonly path: string;
  /** Those of the mount itself: "rw", "nosuid", "relatime". */
  readonly options: readonly string[];
  readonly type: string;
  readonly source: string;
  /** Those of the file system, which all its mounts share. */
  readonly superOptions: readonly string[];
}

export interface MountsAnswer {
  /** What is mounted at the path, the topmost last. */
  readonly at: readonly Mount[];
  /** Where something is mounted below it. */
  readonly below: readonly string[];
  /** The mount that holds the path. */
  readonly holder: Mount | null;
}

/** What is mounted at a path and around it, as the asking shell sees it; one `cat` for all. */
export const mounts: Fact<MountsSubject, MountsAnswer> = {
  name: 'mounts',
  id: ({ path }) => path,
  about: ({ path }) => mountKeys(path),
  ask: () => sh`cat /proc/self/mountinfo`,
  parse(output, subjects) {
    const table = output
      .toString('utf8')
      .split('\n')
      .flatMap((row) => toMount(row) ?? []);
    return subjects.map(({ path }) => {
      const holders = table.filter((one) => one.path === path || one.path === '/' || isBelow(path, one.path));
      const longest = Math.max(...holders.map((one) => one.path.length));
      return {
        at: table.filter((one) => one.path === path),
        below: table.filter((one) => isBelow(one.path, path)).map((one) => one.path),
        holder: holders.findLast((one) => one.path.length === longest) ?? null,
      };
    });
  },
  // A device may be another one after it was mounted anew.
  lasting: ({ at }) =>
    at.map(({ root, path, options, type, superOptions }) => ({ root, path, options, type, superOptions })),
};

/** A path's own key and those of the directories above it: what is mounted on one is seen from the others. */
export function mountKeys(path: string): readonly Key[] {
  return [path, ...ancestorsOf(path)].map((one) => `mount:${one}` as const);
}

/** A field in which blanks, tabs, line ends and backslashes are octal: fstab(5), proc(5). */
export function decodeField(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_whole, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

function toMount(row: string): Mount | undefined {
  const [own = '', system = ''] = row.split(' - ');
  const [, , device, root, path, options] = own.split(' ');
  const [type, source, superOptions = ''] = system.split(' ');
  if (!device || !root || !path || !options || !type || source === undefined) return undefined;
  return {
    device,
    root: decodeField(root),
    path: decodeField(path),
    options: options.split(','),
    type,
    source: decodeField(source),
    superOptions: superOptions.split(','),
  };
}
