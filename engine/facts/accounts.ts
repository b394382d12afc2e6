import { lines, sh, type Script } from '../shell/script.ts';

/** An account's name, or its number. */
export type Account<Id extends string> = { readonly name: string } | { readonly [Number in Id]: number };

/**
 * A script that prints the lines of an account database for the keys asked for, and maybe others.
 * One `getent` answers for every source of the host; musl's stops at the first key that it lacks and knows files
 * only, so there, and where there is none, the file itself is read.
 */
export function askAccounts(database: 'passwd' | 'group', keys: readonly string[]): Script {
  return lines([
    sh`set -- /lib/ld-musl-*; if ! [ -e "$1" ] && command -v getent >/dev/null; then getent ${database} -- ${keys}; else`,
    sh`if [ -e ${`/etc/${database}`} ]; then`,
    sh`while IFS= read -r l || [ -n "$l" ]; do printf '%s\\n' "$l"; done <${`/etc/${database}`}`,
    sh`fi; fi`,
  ]);
}

/** The fields of every line that the script printed; status 2 says that some keys are unknown. */
export function parseAccounts(output: Buffer, code: number): readonly (readonly string[])[] {
  if (code !== 0 && code !== 2) throw new Error(`getent ended with status ${code}`);
  return output
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));
}
