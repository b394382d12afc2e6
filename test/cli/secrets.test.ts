import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localFleet, type Fleet } from '../run/harness.ts';
import { fettle } from './fettle.ts';

let fleet: Fleet;
let folder: string;
beforeEach(async () => {
  fleet = await localFleet();
  folder = mkdtempSync(join(tmpdir(), 'fettle-cli-'));
});
afterEach(async () => {
  for (const run of readdirSync(join(folder, 'state', 'runs'))) fleet.owns(run);
  await fleet.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a playbook with a password in the inventory; gives what was shown and recorded anywhere. */
async function run(password: string, text: string, ...options: readonly string[]) {
  const inventory = join(folder, 'hosts.yml');
  const vars = { ansible_connection: 'local', ansible_become_password: password, root: fleet.root() };
  writeFileSync(inventory, JSON.stringify({ all: { hosts: { h1: vars } } }));
  const file = join(folder, 'p.yml');
  writeFileSync(file, text);
  const words = ['run', file, '-i', inventory, '--output', 'human', '--output', `jsonl=${folder}/out.jsonl`];
  const environment = { FETTLE_STATE: join(folder, 'state'), HOME: folder };
  const said = await fettle([...words, ...options], environment);
  const runs = readdirSync(join(folder, 'state', 'runs'));
  const record = readFileSync(join(folder, 'state', 'runs', runs[0] ?? '', 'events.jsonl'), 'utf8');
  return {
    ...said,
    record,
    jsonl: readFileSync(`${folder}/out.jsonl`, 'utf8'),
    run: runs[0] ?? '',
    environment,
  };
}

const text = `
- hosts: all
  tasks:
    - { debug: { msg: "it is {{ ansible_become_password }}" } }
    - { debug: { var: ansible_become_password } }
    - name: "named {{ ansible_become_password }}"
      copy: { dest: "{{ root }}/secret", content: "{{ ansible_become_password }}\\n" }
    - { command: { cmd: "cat {{ root }}/secret", reads: true }, register: r }
    - { debug: { msg: "again {{ r.stdout }}" } }
    - { shell: { cmd: "base64 <'{{ root }}/secret'; od -An -tx1 <'{{ root }}/secret' | tr -d ' \\n'", reads: true } }
    - { shell: "cat '{{ root }}/secret' >&2; exit 1", ignore_errors: true }
    - { command: { cmd: cat, stdin: "{{ ansible_become_password }}" }, environment: { TOKEN: "{{ ansible_become_password }}" } }
    - { command: "echo {{ ansible_become_password }}", ignore_errors: true }
    - { debug: { msg: "{{ item }}" }, loop: ["{{ r.stdout }}"] }
    - { set_fact: { mine: "{{ ansible_become_password }}" } }
    - { fail: { msg: "no good: {{ r.stdout }}" } }
`.trim();

describe('a password of the inventory is masked in every output and in the record', () => {
  test.each(['hunter2-plain', 'sp ace "quo\'te" \\ $HOME', 'ümlaut-漢字-x'])('%j', async (password) => {
    const ended = await run(password, text, '-vvv', '-D');
    expect(ended.code).toBe(2);
    expect(readFileSync(join(fleet.root(), 'secret'), 'utf8')).toBe(`${password}\n`);
    const forms = [
      password,
      JSON.stringify(password).slice(1, -1),
      encodeURIComponent(password),
      Buffer.from(password).toString('base64').replace(/=*$/, ''),
      Buffer.from(password).toString('hex'),
    ];
    for (const [name, shown] of Object.entries(ended)) {
      if (name === 'environment') continue;
      for (const form of forms) expect(String(shown).includes(form), `${name} shows ${form}`).toBe(false);
    }
    expect(ended.stdout).toContain('again ********');
    expect(ended.stdout).toContain('+********');
    expect(ended.stdout).toContain('holds a secret');
  });
});

describe('a password that is a word of the record spoils nothing', () => {
  test.each(['changed', 'path', 'h1 task_ended', 'null', 'true', '0001', 'event'])('%s', async (password) => {
    const ended = await run(
      password,
      '- hosts: all\n  tasks:\n    - copy: { dest: "{{ root }}/f", content: x }\n',
    );
    expect(ended.code).toBe(0);
    const events = ended.record
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    expect(events.map(({ event }) => event)).toContain('task_ended');
    const undone = await fettle(['undo', ended.run], ended.environment);
    expect(undone.code).toBe(0);
    expect(readdirSync(fleet.root())).toEqual([]);
  });

  test('also one that stands in every path', async () => {
    const ended = await run(
      'tmp/',
      '- hosts: all\n  tasks:\n    - copy: { dest: "{{ root }}/f", content: x }\n',
    );
    expect(ended.code).toBe(0);
    expect((await fettle(['undo', ended.run], ended.environment)).code).toBe(0);
    expect(readdirSync(fleet.root())).toEqual([]);
  });
});

test('the passwords of files are masked as well', async () => {
  const file = join(folder, 'password');
  writeFileSync(file, 'from-a-file\n');
  const play = '- hosts: all\n  tasks:\n    - command: echo from-a-file and more\n';
  const ended = await run(
    'other',
    play,
    '-v',
    '--become-password-file',
    file,
    '--connection-password-file',
    file,
  );
  expect(ended.stdout).toContain('      ******** and more\n');
  expect(ended.record + ended.jsonl).not.toContain('from-a-file');
});
