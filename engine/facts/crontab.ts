import { type Fact, Unsettled } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';
import { withSystemPath } from './program.ts';

/** A user's own crontab; null is that of the user who asks. */
export interface CrontabSubject {
  readonly user: string | null;
}

/** `missing`: the host has no crontab(1). `file` is where the text lies, if it may be read. */
export type CrontabAnswer =
  | { readonly kind: 'text'; readonly bytes: Buffer; readonly file: string | null }
  | { readonly kind: 'none' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly said: string };

/** What `crontab -l` says of a user: two forks a user, and one for all. */
export const crontab: Fact<CrontabSubject, CrontabAnswer> = {
  name: 'crontab',
  id: ({ user }) => user ?? '',
  about: ({ user }) => [
    `crontab:${user ?? ''}`,
    'program:crontab',
    ...(user === null
      ? []
      : [`user:${user}` as const, ...folders.map((one) => `path:${one}/${user}` as const)]),
  ],
  // crontab(1) is asked although root could read the files: it alone knows what it will put back (some have a header of its own).
  ask: (subjects) => sh`${withSystemPath}
me=$(id -un)
one() {
u=$1; set --
if [ -n "$u" ] && [ "$u" != "$me" ]; then set -- -u "$u"; fi
if ! command -v crontab >/dev/null; then echo m; return; fi
t=$(crontab "$@" -l 2>/dev/null; echo ".$?")
if [ "\${t##*.}" = 0 ]; then
t=\${t%.*} f=
for d in ${folders}; do
if [ -f "$d/\${u:-$me}" ] && [ -r "$d/\${u:-$me}" ]; then f=$d/\${u:-$me}; break; fi
done
echo "t $(printf %s "$t" | wc -c) $f"; printf %s "$t"
return
fi
t=$(crontab "$@" -l 2>&1)
case $t in
*'no crontab'*|*'No such file'*) echo n;;
*) echo "r $(printf %s "$t" | wc -c)"; printf %s "$t";;
esac
}
${lines(subjects.map(({ user }) => sh`one ${user ?? ''}`))}`,
  parse(output, subjects) {
    let at = 0;
    return subjects.map((): CrontabAnswer => {
      const end = output.indexOf('\n', at);
      if (end < 0) throw new Unsettled('a crontab was not told');
      // Some `wc` put blanks before the number.
      const [, kind, size, file] =
        /^(\w)(?: +(\d+))?(?: +(\/.*))?/.exec(output.toString('utf8', at, end)) ?? [];
      at = end + 1;
      if (kind === 'm') return { kind: 'missing' };
      if (kind === 'n') return { kind: 'none' };
      const bytes = output.subarray(at, at + Number(size));
      at += Number(size);
      if (kind === 't') return { kind: 'text', bytes, file: file ?? null };
      if (kind === 'r') return { kind: 'refused', said: bytes.toString('utf8') };
      throw new Unsettled('a crontab was not told');
    });
  },
  lasting: (answer) => (answer.kind === 'text' ? { kind: 'text', bytes: answer.bytes } : answer),
  chunk: 200,
};

const folders = ['/var/spool/cron/crontabs', '/var/spool/cron/tabs', '/var/spool/cron', '/etc/crontabs'];
