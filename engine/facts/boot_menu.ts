import { compareReleases } from './release_order.ts';

/** One choice of a boot menu that starts a kernel. */
export interface BootEntry {
  /** The menus that lead to it, and itself at the end. */
  readonly path: readonly BootChoice[];
  /** What `saved_entry` and `next_entry` name it by. */
  readonly name: string;
  /** The release of its kernel, from the name of the image. */
  readonly release: string;
  /** It is for repairs: another target, the rescue image. */
  readonly rescue: boolean;
  /** It bears the release in its name, and so stays with it when other kernels come. */
  readonly own: boolean;
  /** What the kernel is told, variables of GRUB as they stand. */
  readonly args: string;
  /** The file that it comes from, where it has one of its own. */
  readonly file: string | null;
}

export interface BootChoice {
  /** Its number in its menu. */
  readonly at: number;
  readonly title: string;
  readonly id: string | null;
}

/** A file below /boot/loader/entries: the Boot Loader Specification. */
export interface BlsFile {
  /** Without folder and ".conf". */
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
}

interface Found {
  readonly path: readonly BootChoice[];
  readonly image: string;
  readonly args: string;
}

/** The entries of a grub.cfg that start Linux, from its lines that begin with menuentry, submenu, linux or a closing brace. */
export function readMenu(lines: readonly string[]): readonly BootEntry[] {
  const found: Found[] = [];
  const open: (BootChoice & { readonly kind: string; children: number })[] = [];
  let top = 0;
  for (const line of lines) {
    const [, kind, rest = ''] = /^\s*(menuentry|submenu)\s+(.*)$/.exec(line) ?? [];
    if (kind !== undefined) {
      const above = open.at(-1);
      const at = above ? above.children++ : top++;
      open.push({ kind, ...readHead(rest), at, children: 0 });
      continue;
    }
    if (/^\s*\}\s*$/.test(line)) {
      open.pop();
      continue;
    }
    const [, image, args = ''] = /^\s*linux(?:16|efi)?\s+(\S+)\s*(.*?)\s*$/.exec(line) ?? [];
    if (image !== undefined && open.at(-1)?.kind === 'menuentry')
      found.push({ path: open.map(({ at, title, id }) => ({ at, title, id })), image, args });
  }
  return found.map((one) => menuEntry(one, found));
}

/** The entries that GRUB's blscfg makes of files, in its order: the newest first. */
export function readBls(
  files: readonly BlsFile[],
  variables: Readonly<Record<string, string>>,
): readonly BootEntry[] {
  const sorted = files.toSorted((a, b) => compareReleases(b.name, a.name) || (a.name < b.name ? 1 : -1));
  return sorted.map(({ name, values }, at) => {
    const title = values['title'] ?? name;
    const release = releaseOf(values['linux'] ?? '');
    const kernelopts = variables['kernelopts'];
    const options = values['options'] ?? '';
    return {
      path: [{ at, title, id: values['id'] ?? name }],
      name,
      release,
      rescue: isRescue(title, release, name),
      own: true,
      args: kernelopts === undefined ? options : options.replace(/\$kernelopts\b/, () => kernelopts),
      file: `/boot/loader/entries/${name}.conf`,
    };
  });
}

/** The entry that a value of `default`, `saved_entry` or `next_entry` names by number, title or id; menus are parted by ">". */
export function findEntry(entries: readonly BootEntry[], value: string): BootEntry | null {
  const named = entries.find(({ name }) => name === value);
  if (named) return named;
  const words = value.split(/(?<!>)>(?!>)/).map((word) => word.replaceAll('>>', '>'));
  // What names a menu means its first entry.
  return (
    entries.find(({ path }) =>
      words.every((word, index) => {
        const choice = path[index];
        return choice !== undefined && [choice.title, choice.id, String(choice.at)].includes(word);
      }),
    ) ?? null
  );
}

/** The entry by which a kernel is chosen for good: its own one before one that leads to whatever is newest. */
export function entryOf(entries: readonly BootEntry[], release: string): BootEntry | null {
  const fit = entries.filter((entry) => entry.release === release && !entry.rescue);
  return fit.find(({ own }) => own) ?? fit[0] ?? null;
}

function menuEntry(one: Found, all: readonly Found[]): BootEntry {
  const { title, id } = one.path.at(-1) as BootChoice;
  const release = releaseOf(one.image);
  const words = one.path.map((choice, depth) => wordOf(choice, depth, release, one, all));
  return {
    path: one.path,
    name: words.map((word) => word.replaceAll('>', '>>')).join('>'),
    release,
    rescue: isRescue(title, release, id ?? ''),
    own: [title, id ?? ''].some((text) => text.includes(release)),
    args: one.args,
    file: null,
  };
}

/** grubby of EL7 copies an entry with its id, which then names two kernels: there the title is taken. */
function wordOf(choice: BootChoice, depth: number, release: string, one: Found, all: readonly Found[]) {
  const { id, title } = choice;
  if (id === null) return title;
  if (depth < one.path.length - 1) return id;
  const same = all.filter(({ path }) => path.length === one.path.length && path[depth]?.id === id);
  const names = /\d+\.\d+\.\d+/.test(id);
  return same.length > 1 || (names && !id.includes(release)) ? title : id;
}

/** Title and `--id` (or `$menuentry_id_option`) of what stands behind `menuentry`. */
function readHead(text: string): Pick<BootChoice, 'title' | 'id'> {
  const words = wordsOf(text);
  const at = words.findIndex((word) => word === '--id' || /^\$\{?menuentry_id_option\}?$/.test(word));
  return { title: words[0] ?? '', id: at < 0 ? null : (words[at + 1] ?? null) };
}

function wordsOf(text: string): readonly string[] {
  const found = text.match(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|\$\{\w+\}|[^\s'"\\{}])+/g) ?? [];
  return found.map((word) =>
    word.replaceAll(
      /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g,
      (_whole, single?: string, double?: string, plain?: string) =>
        single ?? double?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '',
    ),
  );
}

/** "/boot/vmlinuz-5.14.0-427.el9.x86_64" → "5.14.0-427.el9.x86_64"; a BLS file may say "/ID/RELEASE/linux". */
function releaseOf(image: string): string {
  const [, release] =
    /(?:^|\/)(?:vmlinu[xz]|kernel|Image|bzImage)-([^/]*?)(?:\.efi\.signed)?$/.exec(image) ?? [];
  return release ?? /\/([^/]+)\/linux$/.exec(image)?.[1] ?? image.slice(image.lastIndexOf('/') + 1);
}

function isRescue(title: string, release: string, id: string): boolean {
  return /^0-rescue/.test(release) || /-recovery-|-init-/.test(id) || /\((recovery mode|rescue)/i.test(title);
}
