import { type Change, predict, type Prediction, saved, sent } from '../../contract/change.ts';
import { modeArgument } from '../../contract/file_mode.ts';
import { nameOf, tidyPath } from '../../contract/host_path.ts';
import { content } from '../../facts/content.ts';
import { path } from '../../facts/path.ts';
import { attributeScripts, newAttributes, ownerArgument } from '../../facts/wanted_attributes.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import type { UnarchiveArgs } from './arguments.ts';
import { type Difference, pathOf } from './compare.ts';
import { optionsOf } from './members.ts';
import type { Found } from './places.ts';

type Put = Extract<Difference, { kind: 'put' }>;
type Folder = Extract<Difference, { kind: 'folder' }>;
type Attributed = Extract<Difference, { kind: 'attributes' }>;

/** The one change that makes a host be as the archive is; throws nothing. */
export function unpackChange(args: UnarchiveArgs, found: Found, all: readonly Difference[]): Change {
  const puts = all.filter((one): one is Put => one.kind === 'put');
  const folders = all.filter((one): one is Folder => one.kind === 'folder');
  const attributed = all.filter((one): one is Attributed => one.kind === 'attributes');
  const replaced = puts.filter(({ before }) => before !== null);
  const { src } = args;
  return {
    what: whatOf(args, puts, folders, attributed),
    diff: {
      before:
        replaced.length + attributed.length === 0 ? null : listed([...replaced, ...attributed], 'before'),
      after: listed(all, 'after'),
    },
    touches: all.map((one) => `path:${pathOf(one)}` as const),
    ...(replaced.length > 0 ? { saves: replaced.map(({ member }) => member.path) } : {}),
    ...(typeof src === 'string'
      ? {}
      : { sends: [{ kind: 'file', path: src.file.path, size: src.file.size }] }),
    apply: applyScript(args, found, { puts, folders, attributed }),
    undo: undoScript({ puts, folders, attributed, replaced }),
    predicts: predictions(args, { puts, folders, attributed }),
  };
}

interface Kinds {
  readonly puts: readonly Put[];
  readonly folders: readonly Folder[];
  readonly attributed: readonly Attributed[];
}

function applyScript(args: UnarchiveArgs, found: Found, { puts, folders, attributed }: Kinds): Script {
  const dest = tidyPath(args.dest);
  const chown = ownerArgument(null, args);
  const made = [...puts.map(({ member }) => member.path), ...folders.map((one) => one.path)];
  return lines([
    ...(puts.length === 0 ? [] : [unpack(args, found, dest)]),
    // An archive that was cut may end without a word of it.
    ...inParts(puts.map(({ member }) => member.from)).map(
      (part) =>
        sh`for f in ${part}; do [ -e "$t/$f" ] || [ -L "$t/$f" ] || { echo "$f did not come out of the archive" >&2; exit 1; }; done`,
    ),
    ...refuseLocked([dest, ...puts.filter(({ before }) => before !== null).map(({ member }) => member.path)]),
    sh`umask 022`,
    ...inParts(folders.map((one) => one.path)).map((part) => sh`mkdir -- ${part} || exit 1`),
    // A link there would be followed, and its directory would take the file in.
    ...(puts.length === 0
      ? []
      : [sh`put() { [ ! -L "$2" ] || rm -f -- "$2" || exit 1; mv -f -- "$t/$1" "$2" || exit 1; }`]),
    ...puts.map(({ member }) => sh`put ${member.from} ${member.path}`),
    ...byStamp(puts),
    ...(chown === undefined ? [] : inParts(made).map((part) => sh`chown -h -- ${chown} ${part} || exit 1`)),
    ...byMode([
      ...puts
        .filter(({ member }) => member.kind === 'file')
        .map(({ member, mode }) => [mode, member.path] as const),
      // Last, and the deepest first: a directory may be closed to its own owner.
      ...folders.map((one) => [one.mode, one.path] as const).toReversed(),
    ]),
    ...attributed.map((one) => attributeScripts(one.path, one.gap).apply),
    ...(puts.length === 0 ? [] : [sh`trap - EXIT HUP INT TERM; rm -rf -- "$t" || exit 1`]),
    ...inParts(tops(made)).map(relabelled),
  ]);
}

/** Files are put into place one by one, so that one which chattr(1) has locked is to be found before the first. */
function refuseLocked(paths: readonly string[]): readonly Script[] {
  const check = sh`locked() { command -v lsattr >/dev/null || return 0
l=$(lsattr -d -- "$@" 2>/dev/null | sed -n '/^[-a-zA-Z]*[ia][-a-zA-Z]* /{p;q;}')
[ -z "$l" ] || { printf '%s is immutable or may only be appended to (%s of lsattr -d), so that nothing was put into place: if that is not meant, chattr -ia takes it away\n' "\${l#* }" "\${l%% *}" >&2; exit 1; }; }`;
  return [check, ...inParts(paths).map((part) => sh`locked ${part}`)];
}

/** All of it into a closed folder within `dest`: on the same disk, so that each file is put into place by a rename. */
function unpack(args: UnarchiveArgs, { format }: Found, dest: string): Script {
  const { words } = optionsOf(args);
  const from = typeof args.src === 'string' ? sh`${tidyPath(args.src)}` : sent(0);
  const how = compressions[format];
  return lines([
    sh`umask 077; t=${`${dest === '/' ? '' : dest}/.fettle-`}$$; mkdir -- "$t" || exit 1`,
    sh`trap 'chmod -R u+rwX -- "$t"; rm -rf -- "$t"' EXIT; trap 'exit 143' HUP INT TERM`,
    format === 'zip'
      ? sh`unzip -q -o ${from} -d "$t" </dev/null || exit 1`
      : // GNU's tar reads escapes in a name that -C takes.
        sh`( cd -- "$t" && tar ${how} -x -p ${words} -f - ) < ${from} || exit 1`,
    sh`find "$t" -type d ! -perm -700 -exec chmod u+rwx -- {} + || exit 1`,
  ]);
}

/** Not every busybox finds out by itself. */
const compressions: Readonly<Record<Found['format'], readonly string[]>> = {
  tar: [],
  'tar.gz': ['-z'],
  'tar.bz2': ['-j'],
  'tar.xz': ['-J'],
  'tar.zst': ['--use-compress-program=zstd'],
  zip: [],
};

function undoScript({
  puts,
  folders,
  attributed,
  replaced,
}: Kinds & { readonly replaced: readonly Put[] }): Script {
  const made = puts.filter(({ before }) => before === null).map(({ member }) => member.path);
  return lines([
    ...attributed.toReversed().map((one) => attributeScripts(one.path, one.gap).undo),
    ...(replaced.length === 0
      ? []
      : [
          sh`back() { t=\${2%/*}/.fettle-$$; cp -a -- "$1" "$t" && { [ ! -L "$2" ] || rm -f -- "$2"; } && mv -f -- "$t" "$2" || exit 1; }`,
        ]),
    ...replaced.map(({ member }, index) => sh`back ${saved(index)} ${member.path}`),
    ...inParts(made).map((part) => sh`rm -f -- ${part} || exit 1`),
    ...folders.toReversed().map((one) => sh`if [ -d ${one.path} ]; then rmdir -- ${one.path} || exit 1; fi`),
  ]);
}

function relabelled(paths: readonly string[]): Script {
  return sh`if [ -e /sys/fs/selinux/enforce ] && command -v restorecon >/dev/null; then restorecon -R -- ${paths} || exit 1; fi`;
}

/** chmod once a mode, in the order of its first path. */
function byMode(pairs: readonly (readonly [mode: string, path: string])[]): readonly Script[] {
  const groups = new Map<string, string[]>();
  for (const [mode, one] of pairs) groups.set(mode, [...(groups.get(mode) ?? []), one]);
  return [...groups].flatMap(([mode, paths]) =>
    inParts(paths).map((part) => sh`chmod -- ${modeArgument(mode)} ${part} || exit 1`),
  );
}

/** busybox' unzip gives no times, and another one's hang on the time zone. */
function byStamp(puts: readonly Put[]): readonly Script[] {
  const groups = new Map<number, string[]>();
  for (const { member } of puts)
    if (member.stamp !== undefined)
      groups.set(member.stamp, [...(groups.get(member.stamp) ?? []), member.path]);
  return [...groups].flatMap(([stamp, paths]) =>
    inParts(paths).map((part) => sh`touch -c -m -d ${`@${stamp}`} -- ${part} || exit 1`),
  );
}

/** A path may have 4 KiB and an argument list 2 MiB. */
function inParts(paths: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [];
  for (let at = 0; at < paths.length; at += 400) parts.push(paths.slice(at, at + 400));
  return parts;
}

function predictions(args: UnarchiveArgs, { puts, folders, attributed }: Kinds): readonly Prediction[] {
  const wanted = { owner: args.owner, group: args.group };
  return [
    ...folders.map((one) =>
      predict({ fact: path, subject: { path: one.path } }, newAttributes('directory', 0, one.mode, wanted)),
    ),
    ...puts.flatMap(({ member, mode }) => {
      // How a link is seen hangs on what it will lead to.
      if (member.kind !== 'file' || member.sha256 === undefined) return [];
      const { path: at, size, mtime = 0, sha256 } = member;
      return [
        predict(
          { fact: path, subject: { path: at } },
          { ...newAttributes('file', size, mode, wanted), mtime },
        ),
        predict({ fact: content, subject: { path: at, wanted: sha256 } }, { kind: 'same', sha256 } as const),
      ];
    }),
    ...attributed.flatMap(({ path: at, gap }) =>
      gap.predicted.kind === 'link' ? [] : [predict({ fact: path, subject: { path: at } }, gap.predicted)],
    ),
  ];
}

function whatOf(
  { src, dest }: UnarchiveArgs,
  puts: readonly Put[],
  folders: readonly Folder[],
  attributed: readonly Attributed[],
): string {
  const count = (number: number, what: string) => (number === 0 ? [] : [`${number} ${what}`]);
  const made = puts.filter(({ before }) => before === null).length + folders.length;
  const parts = [
    ...count(made, 'new'),
    ...count(puts.length + folders.length - made, 'replaced'),
    ...count(attributed.length, 'of other owner or mode'),
  ];
  return `unpack ${nameOf(typeof src === 'string' ? src : src.file.path)} into ${dest}: ${parts.join(', ')}`;
}

const mostShown = 500;

function listed(all: readonly Difference[], side: 'before' | 'after'): string {
  const shown = all.slice(0, mostShown).map((one) => {
    const at = pathOf(one);
    if (one.kind === 'folder') return `${at}/ ${one.mode}\n`;
    if (one.kind === 'attributes') return `${at}: ${one.gap[side].trimEnd().replaceAll('\n', ', ')}\n`;
    const { member, before, mode } = one;
    if (side === 'before') return `${at} ${before?.mode} ${before?.size} bytes\n`;
    return member.kind === 'link' ? `${at} → ${member.target}\n` : `${at} ${mode} ${member.size} bytes\n`;
  });
  const rest = all.length - shown.length;
  return shown.join('') + (rest > 0 ? `and ${rest} more\n` : '');
}

/** Of paths the ones that are below no other. */
function tops(paths: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const one of paths.toSorted()) if (!found.some((top) => one.startsWith(`${top}/`))) found.push(one);
  return found;
}
