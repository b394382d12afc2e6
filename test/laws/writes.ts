import { existsSync, readFileSync } from 'node:fs';
import { strace } from './host_here.ts';

/** Whether it can be seen here what a script opens. */
export const canTrace = existsSync(strace);

const changing =
  /^(mkdir|mkdirat|rmdir|unlink|unlinkat|rename|renameat2?|link|linkat|symlink|symlinkat|f?truncate|f?chmod|fchmodat2?|[fl]?chown|fchownat|utimensat|futimesat|utimes?|[lf]?setxattr|[lf]?removexattr|mknod|mknodat|mount|umount2?|creat)\(/;
const opening = /^open(at2?)?\(.*\bO_(WRONLY|RDWR|CREAT|TRUNC|APPEND)\b/;
const harmless = /"\/dev\/(null|tty)"/;
/** The shell's own folder for the output of a user's text; it goes with the shell. */
const own = /[</"](\/[\w-]+)*\/?fettle\.[0-9a-f]+[>"/]/;

/** The calls in a trace that would change something, whether they were allowed to or not; fettle's own folder aside. */
export function writesIn(trace: string): readonly string[] {
  return readFileSync(trace, 'utf8')
    .split('\n')
    .map((line) => line.replace(/^\d+ +/, ''))
    .filter((call) => (changing.test(call) || opening.test(call)) && !harmless.test(call) && !own.test(call));
}
