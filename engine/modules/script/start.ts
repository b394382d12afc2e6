import { lines, sh, type Script } from '../../shell/script.ts';

/** The reason for which a script was not even started, if that is how it ended. */
export function whyNotStarted(code: number, stderr: string): string | undefined {
  const last = stderr.trimEnd().split('\n').at(-1) ?? '';
  if (code === 127) return /^fettle: (.*)$/.exec(last)?.[1];
  return code === 126 && /\/\d+\.0\W.*denied\W*$/i.test(last) ? noexec : undefined;
}

const noexec =
  'it is a compiled program, and the folder for staged files is mounted noexec: put it on the host with `copy` and run it with `command`';

/**
 * Runs a staged file with arguments as the kernel would: by the program of its first line and at most one argument
 * (execve(2)), or itself where it is a program. Done here, since the folder may be mounted noexec and the file has
 * no x. Why it could not be started is the last line of standard error: `whyNotStarted` finds it.
 */
export function startScript(file: Script, words: readonly string[], executable: string | undefined): Script {
  const place = lines([sh`fettle_file=${file}`, sh`set -- ${words}`]);
  if (executable !== undefined) return lines([place, sh`exec ${executable} "$fettle_file" "$@"`]);
  return lines([
    place,
    // A program has NUL bytes, over which a shell may stumble or complain.
    sh`fettle_line=$(head -c 1024 "$fettle_file" | tr -d '\\000' | head -n 1)`,
    sh`case $fettle_line in`,
    sh`'#!'*)`,
    interpreted,
    sh`?ELF*) chmod u+x "$fettle_file" || exit; exec "$fettle_file" "$@";;`,
    sh`*) exec /bin/sh "$fettle_file" "$@";;`,
    sh`esac`,
  ]);
}

const windows = 'fettle: its first line ends in a carriage return: give it the line ends of Unix';

const tab = '\t';

// Blanks around both words go, the rest is one argument; a carriage return would be part of a name.
const interpreted = sh`fettle_line=\${fettle_line#??} fettle_cr=$(printf '\\r')
case $fettle_line in *"$fettle_cr") echo ${windows} >&2; exit 127;; esac
fettle_line=\${fettle_line#"\${fettle_line%%[! ${tab}]*}"}
fettle_line=\${fettle_line%"\${fettle_line##*[! ${tab}]}"}
fettle_program=\${fettle_line%%[ ${tab}]*}
fettle_line=\${fettle_line#"$fettle_program"}
fettle_line=\${fettle_line#"\${fettle_line%%[! ${tab}]*}"}
[ -n "$fettle_program" ] || exec /bin/sh "$fettle_file" "$@"
[ -x "$fettle_program" ] || { echo "fettle: its interpreter $fettle_program is not on the host" >&2; exit 127; }
[ -n "$fettle_line" ] || exec "$fettle_program" "$fettle_file" "$@"
exec "$fettle_program" "$fettle_line" "$fettle_file" "$@";;`;
