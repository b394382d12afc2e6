import type { Fact } from '../contract/fact.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { withSystemPath } from './program.ts';

/** An option of sshd with the value that is wanted, and for whom. */
export interface SshdEffectiveSubject {
  readonly main: string;
  /** Criteria for `sshd -T -C`: "user=deploy"; empty for everybody. */
  readonly connection: string;
  readonly option: string;
  readonly value: string;
}

/** What sshd itself says of an option: in force, and as it would write the value that is wanted. Null where it cannot say. */
export interface SshdEffective {
  readonly now: readonly string[] | null;
  readonly wanted: readonly string[] | null;
}

/**
 * What is in force, by `sshd -T`. A configuration of the wanted values alone, which goes in by a pipe, gives these in
 * sshd's own words ("prohibit-password" is "without-password" there). Two calls for all options of everybody.
 */
export const sshdEffective: Fact<SshdEffectiveSubject, SshdEffective> = {
  name: 'sshd_effective',
  id: ({ main, connection, option, value }) =>
    JSON.stringify([main, connection, option.toLowerCase(), value]),
  about: (subject) => [sshdOptionKey(subject)],
  ask: askEffective,
  parse(output, subjects) {
    const groups = grouped(subjects);
    const blocks = output.toString('utf8').split('=\n');
    if (blocks.length !== 2 * groups.length + 1) throw new Error('what sshd says was not all told');
    const answers = new Map<SshdEffectiveSubject, SshdEffective>();
    groups.forEach((group, index) => {
      const [now = '', wanted = ''] = blocks.slice(2 * index);
      for (const subject of group)
        answers.set(subject, { now: told(now, subject.option), wanted: told(wanted, subject.option) });
    });
    return subjects.map((subject) => answers.get(subject) ?? { now: null, wanted: null });
  },
  // Files are what an undo gives back.
  lasting: () => null,
};

/** The key of an option for some connection. */
export function sshdOptionKey({
  main,
  connection,
  option,
}: Pick<SshdEffectiveSubject, 'main' | 'connection' | 'option'>): `sshd_option:${string}` {
  return `sshd_option:${main}:${connection}:${option.toLowerCase()}`;
}

function askEffective(subjects: readonly SshdEffectiveSubject[]): Script {
  return lines([
    withSystemPath,
    sh`set -f; nl='
'`,
    // Some versions insist on an absolute path.
    sh`s=$(command -v sshd) || s=/usr/sbin/sshd`,
    ...grouped(subjects).flatMap((group) => {
      const { main, connection } = group[0] as SshdEffectiveSubject;
      const whom = connection === '' ? [] : ['-C', connection];
      const wanted = group.map(({ option, value }) => `${option} ${value}`);
      return [
        sh`n=$("$s" -T -f ${main} ${whom} 2>/dev/null); [ -z "$n" ] || printf '%s\n' "$n"; echo =`,
        // Without a host key sshd says nothing at all.
        sh`[ -z "$n" ] || { printf '%s\n' ${wanted}; IFS=$nl; for r in $n; do case $r in 'hostkey '*) printf '%s\n' "$r";; esac; done; unset IFS; } | "$s" -T -f /dev/stdin 2>/dev/null; echo =`,
      ];
    }),
  ]);
}

/** Options that can be asked for in one call: of one file, for one connection, each once. */
function grouped(subjects: readonly SshdEffectiveSubject[]): readonly (readonly SshdEffectiveSubject[])[] {
  const groups: SshdEffectiveSubject[][] = [];
  for (const subject of subjects) {
    const fitting = groups.find(
      ([first, ...rest]) =>
        first?.main === subject.main &&
        first.connection === subject.connection &&
        ![first, ...rest].some(({ option }) => option.toLowerCase() === subject.option.toLowerCase()),
    );
    if (fitting) fitting.push(subject);
    else groups.push([subject]);
  }
  return groups;
}

function told(block: string, option: string): readonly string[] | null {
  if (block === '') return null;
  const name = option.toLowerCase();
  return block
    .split('\n')
    .filter((line) => line.split(' ', 1)[0] === name)
    .map((line) => line.slice(name.length + 1));
}
