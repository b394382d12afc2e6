import { CannotPlan } from '../../contract/change.ts';
import { Secret } from '../../shell/secret.ts';
import type { SudoersArgs } from './arguments.ts';

/** The text that a file should hold: the given one, or one rule, written as Ansible writes it. Throws CannotPlan. */
export function sudoersText(args: SudoersArgs): string {
  const { content, user, group, commands } = args;
  if (content !== undefined) {
    refuseIf(
      user !== undefined || group !== undefined || commands !== undefined,
      'content excludes user, group and commands',
    );
    const text = content instanceof Secret ? content.reveal() : content;
    refuseIf(text.includes('\0'), 'content holds a NUL byte');
    return text === '' || text.endsWith('\n') ? text : `${text}\n`;
  }
  refuseIf((user === undefined) === (group === undefined), 'say either user or group, or content');
  refuseIf(commands === undefined, 'commands are needed, or content');
  const who = user === undefined ? `%${escaped(group as string)}` : escaped(user);
  const runas = args.runas === undefined ? '' : `(${args.runas})`;
  const tags = [
    ...(args.noexec ? ['NOEXEC:'] : []),
    ...((args.nopassword ?? true) ? ['NOPASSWD:'] : []),
    ...(args.setenv ? ['SETENV:'] : []),
  ].join('');
  const list = (typeof commands === 'string' ? parted(commands) : (commands as readonly string[])).map(
    command,
  );
  return `${who} ${args.host ?? 'ALL'}=${runas}${tags} ${list.join(', ')}\n`;
}

/** Characters that part words in sudoers(5) stand with a backslash in a name: "EXAMPLE\\\\alice". */
function escaped(name: string): string {
  return name.replaceAll(/[\\ @!=:,()]/g, '\\$&');
}

function parted(text: string): readonly string[] {
  return text.match(/(?:\\.|[^\\,])+/gs) ?? [text];
}

// An open comma, colon or equals sign would end the command and begin a rule of its own; a backslash would take in the next line.
function command(text: string): string {
  const trimmed = text.trim();
  const shown = JSON.stringify(text);
  refuseIf(/[\0\r\n]/.test(trimmed), `the command ${shown} has more than one line`);
  refuseIf(trimmed === '' || /^(\\.|[^\\])*\\$/.test(trimmed), `the command ${shown} is not whole`);
  const rest = trimmed.replace(/^sha(224|256|384|512):\S+\s+/, '');
  const [open] = rest.replaceAll(/\\./g, '').match(/[,:=#]/) ?? [];
  if (open === undefined) return trimmed;
  throw new CannotPlan(`the command ${shown} holds ${open}, which ends a command in sudoers`, {
    next: `write \\${open} where it is meant as it stands, or say \`content\``,
  });
}

function refuseIf(isWrong: boolean, why: string): void {
  if (isWrong) throw new CannotPlan(why);
}
