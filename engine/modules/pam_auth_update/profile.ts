import { CannotPlan } from '../../contract/change.ts';
import { type BlockType, savedText } from './blocks.ts';

/** A profile's text as it is written: its lines of PAM begin with a TAB, whatever blanks they were given with. */
export function profileText(name: string, given: string): string {
  const rows = given.replace(/\s+$/, '').split('\n');
  const made = rows.map((row, index) => {
    const text = row.trim();
    if (text === '') return '';
    if (/^[ \t]/.test(row)) return `\t${text}`;
    if (/^[A-Za-z-]+:(\s|$)/.test(row)) return row.trimEnd();
    throw new CannotPlan(
      `line ${index + 1} of the profile ${name} is neither "Field: value" nor begins with a blank`,
      {
        next: 'begin lines of PAM with a TAB',
      },
    );
  });
  for (const field of ['Name', 'Default', 'Priority'])
    if (!made.some((row) => new RegExp(`^${field}:\\s*\\S`).test(row)))
      throw new CannotPlan(`the profile ${name} has no line "${field}:"`);
  return `${made.join('\n')}\n`;
}

/** Whether what pam-auth-update wrote last of a profile is something else than its text says now. */
export function isStale(name: string, text: string, saved: ReadonlyMap<BlockType, string>): boolean {
  const fields = fieldsOf(text);
  for (const [type, was] of saved) {
    const field = fieldOf(fields, type);
    const wanted = [fields.get(field), fields.get(`${field}-Initial`)];
    const found = savedText(was, name);
    if (found === null ? wanted[0] !== undefined : !wanted.includes(found)) return true;
  }
  return false;
}

function fieldOf(fields: ReadonlyMap<string, string>, type: BlockType): string {
  if (type === 'session-noninteractive')
    return fields.has('Session-Interactive-Only') ? 'Session-noninteractive' : 'Session';
  return `${type[0]?.toUpperCase()}${type.slice(1)}`;
}

function fieldsOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let name = '';
  for (const row of text.split('\n')) {
    const [, field, value = ''] = /^(\S+):\s*(.*?)\s*$/.exec(row) ?? [];
    if (field !== undefined) {
      name = field.replace(/-Final$/, '');
      fields.set(name, value);
    } else if (row.trim() !== '') fields.set(name, [fields.get(name), row.trim()].filter(Boolean).join('\n'));
  }
  return fields;
}
