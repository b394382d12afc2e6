import { below, type Fact, Unsettled } from '../../contract/fact.ts';
import { tidyPath } from '../../contract/host_path.ts';
import { type Attributes, parseAttributes } from '../../facts/attributes.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import { type FindArgs, listOf } from './arguments.ts';

/** Something below a path; the path is the host's bytes, each a character (latin1). */
export interface Entry extends Attributes {
  readonly path: string;
  /** Seconds since 1970. */
  readonly atime: number;
  readonly ctime: number;
}

export interface Walked {
  /** The host's clock, seconds since 1970. */
  readonly now: number;
  readonly entries: readonly Entry[];
  /** Paths of the files in which `contains` was found. */
  readonly containing: ReadonlySet<string>;
  /** Paths that are no directories. */
  readonly skipped: readonly string[];
  readonly badRegex: boolean;
}

/** Everything below some directories, and in which files a text is found. One walk and a few `stat`, another walk for the text. */
export const walked: Fact<FindArgs, Walked> = {
  name: 'walked',
  id: ({ paths, patterns, use_regex, recurse, depth, follow, contains }) =>
    JSON.stringify([paths, contains ? [patterns, use_regex] : 0, recurse, depth, follow, contains]),
  about: ({ paths }) => listOf(paths).map((path) => below(tidyPath(path))),
  ask: ([args]) => (args ? walk(args) : sh`:`),
  parse: (output, [args]) => [parseWalk(output, listOf(args?.paths))],
  lasting: ({ entries }) => entries.map(({ path, mode, size, mtime }) => [path, mode, size, mtime]),
  chunk: 1,
};

/**
 * A row of stat begins with `//`, and the name is its last word: no path that a walk prints has two slashes in a
 * row, so that no name can be taken for the next row whatever it holds.
 */
function walk(args: FindArgs): Script {
  const { recurse, depth, contains } = args;
  const levels: readonly (string | number)[] = recurse
    ? depth === undefined
      ? []
      : ['-maxdepth', depth]
    : ['-maxdepth', 1];
  const start = sh`find ${args.follow ? '-L' : '-H'} "$@" -mindepth 1 ${levels}`;
  return lines([
    sh`date +%s; set --`,
    sh`for p in ${listOf(args.paths).map(tidyPath)}; do if [ -d "$p" ]; then printf d; set -- "$@" "$p"; else printf n; fi; done; echo`,
    sh`[ $# -gt 0 ] || exit 0`,
    sh`{`,
    sh`${start} -exec stat -c //%f:%u:%g:%s:%Y:%i:%d:%h:%U:%G:%X:%Z:%n -- {} +`,
    sh`echo //`,
    ...(contains === undefined ? [] : [searchText(start, args, contains)]),
    sh`} 2>/dev/null; exit 0`,
  ]);
}

function searchText(start: Script, args: FindArgs, contains: string): Script {
  const globs = args.use_regex ? [] : listOf(args.patterns);
  // `find` takes a backslash for more than itself.
  const names = globs.some((glob) => /[\\\0]/.test(glob))
    ? []
    : globs.flatMap((glob, index) => [...(index === 0 ? [] : ['-o']), '-name', glob]);
  const named = names.length === 0 ? sh`` : sh`'(' ${names} ')'`;
  const grep = sh`grep -E -e ${contains}`;
  return lines([
    sh`echo | ${grep} >/dev/null; [ $? -le 1 ] || { echo bad; exit 0; }`,
    // busybox cannot end names by NUL, so that it is asked once a file.
    sh`if echo x | grep -lZ x >/dev/null 2>&1`,
    sh`then ${start} -type f ${named} -exec grep -lZ -E -e ${contains} -- {} +`,
    sh`else ${start} -type f ${named} -exec grep -q -E -e ${contains} -- {} ';' -print0; fi`,
  ]);
}

function parseWalk(output: Buffer, paths: readonly string[]): Walked {
  const text = output.toString('latin1');
  const [, seconds, letters = '', rest = ''] = /^(\d+)\n([dn]*)\n([\s\S]*)$/.exec(text) ?? [];
  if (letters.length !== paths.length) throw new Unsettled('the paths were not told apart');
  const skipped = paths.filter((_, index) => letters[index] === 'n');
  const end = rest.startsWith('//\n') ? 0 : rest.indexOf('\n//\n') + 1;
  if (skipped.length < paths.length && end === 0 && !rest.startsWith('//\n'))
    throw new Unsettled('the walk did not come to its end');
  const rows = rest.slice(0, Math.max(0, end - 1));
  const found = rest.slice(end + 3);
  const isBad = found === 'bad\n';
  return {
    now: Number(seconds),
    entries: rows === '' ? [] : rows.slice(2).split('\n//').map(parseEntry),
    containing: new Set(isBad ? [] : found.split('\0')),
    skipped,
    badRegex: isBad,
  };
}

function parseEntry(row: string): Entry {
  const [, attributes = '', atime, ctime, path = ''] =
    /^((?:[^:]*:){9}[^:]*):(\d+):(\d+):([\s\S]*)$/.exec(row) ?? [];
  const [known] = parseAttributes(`${Buffer.from(attributes, 'latin1').toString('utf8')}\n`, 1);
  return { ...(known as Attributes), path, atime: Number(atime), ctime: Number(ctime) };
}
