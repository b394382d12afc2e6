import { sent } from '../../contract/change.ts';
import { joinPath, nameOf, parentOf } from '../../contract/host_path.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import type { Analysis } from './analysis.ts';
import { edited } from './edits.ts';
import type { Look } from '../../facts/keepalived.ts';
import { placesOf } from './text.ts';

/** A copy of a file of the new configuration, whose includes lead to the copies. */
interface Copy {
  readonly path: string;
  readonly bytes: Buffer;
}

/** What a change needs to have the new configuration tested first: files to send, and a script that fails where it is bad. */
export interface ConfigTest {
  readonly sends: readonly Buffer[];
  readonly script: Script;
}

/**
 * Tests the new configuration as a whole by `keepalived -t` before any of it is in place: copies of the files that change
 * lie beside them, so that relative paths and `_PWD` mean the same. Judged by what it says, not by its status, which
 * differs between versions; only what it did not say of the old one counts. Null where keepalived has no -t (before 2.0.4).
 */
export function configTest(analysis: Analysis, look: Look, firstSent: number): ConfigTest | null {
  const { program } = look;
  if (!program || isOlder(program.version, [2, 0, 4])) return null;
  const copies = copiesOf(analysis);
  const [main] = copies;
  if (!main) return null;
  const paths = copies.map(({ path }) => path);
  const script = lines([
    sh`(`,
    sh`rm -f -- ${paths}; trap ${sh`rm -f -- ${paths}`.text} EXIT; trap 'exit 143' HUP INT TERM`,
    sh`umask 077`,
    ...copies.map(({ path }, index) => sh`set -C; cat ${sent(firstSent + index)} >${path} || exit 1; set +C`),
    sh`said() { "$@" 2>&1 </dev/null | sed -e ${`s#/${mark}#/#g`} -e 's/Line [0-9]*/Line/g'; }`,
    // A configuration may have very many complaints: a loop of the shell's over them would not end in time.
    sh`said ${program.path} -t -f ${analysis.config} >"$FETTLE_IN"old`,
    sh`bad=$(said ${program.path} -t -f ${main.path} | grep -vxF -f "$FETTLE_IN"old)`,
    sh`if [ -n "$bad" ]; then printf '%s\\n' 'keepalived -t says of the new configuration:' "$bad" >&2; exit 1; fi`,
    sh`) || exit 1`,
  ]);
  return { sends: copies.map(({ bytes }) => bytes), script };
}

const mark = '.fettle-test-';

function isOlder(version: string, than: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, part] of than.entries()) {
    const own = parts[index] ?? 0;
    if (own !== part) return own < part;
  }
  return false;
}

/** The main file first; a file is copied if it changes, or includes one that does. */
function copiesOf({ before, after, then }: Analysis): readonly Copy[] {
  const includes = then.flatMap((configuration) => configuration.includes);
  const copied = new Set(
    after.files.flatMap(({ text }, index) => (text === before.files[index]?.text ? [] : [index])),
  );
  if (copied.size === 0) return [];
  copied.add(0);
  const places = includes.map(({ pattern, files }) => ({ place: placesOf(pattern, 0)[0], files }));
  for (let grown = true; grown; ) {
    grown = false;
    for (const { place, files } of places) {
      if (!place || copied.has(place.file) || !files.some((file) => copied.has(file))) continue;
      copied.add(place.file);
      grown = true;
    }
  }
  const pathOf = (file: number) => {
    const path = after.files[file]?.path ?? '';
    return copied.has(file) ? joinPath(parentOf(path), `${mark}${nameOf(path)}`) : path;
  };
  const edits = places.flatMap(({ place, files }) => {
    const isTouched = place && copied.has(place.file) && files.some((file) => copied.has(file));
    return isTouched ? [{ place, text: files.map((file) => latin(pathOf(file))).join('\ninclude ') }] : [];
  });
  const tree = edited(after, edits);
  return [...copied]
    .sort((a, b) => a - b)
    .map((file) => ({
      path: pathOf(file),
      bytes: Buffer.from(tree.files[file]?.text ?? '', 'latin1'),
    }));
}

function latin(path: string): string {
  return Buffer.from(path, 'utf8').toString('latin1');
}
