import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Event } from '../../engine/run/events.ts';
import { embeddedFleet, localFleet, type Fleet } from '../run/harness.ts';
import { fettle } from './fettle.ts';

let fleet: Fleet;
let folder: string;
beforeAll(async () => {
  fleet = await localFleet(3);
});
afterAll(() => fleet.close());
const made: string[] = [];
afterEach(() => {
  for (const each of made.splice(0)) rmSync(each, { recursive: true, force: true });
});

/** A folder that goes when the test is over. */
function scratch(): string {
  folder = mkdtempSync(join(tmpdir(), 'fettle-cli-'));
  made.push(folder);
  return folder;
}

/** Runs a playbook's text by its file, as a user does, in a state folder of its own. */
async function run(text: string, ...options: readonly string[]) {
  scratch();
  const file = join(folder, 'p.yml');
  writeFileSync(file, text);
  const environment = { FETTLE_STATE: join(folder, 'state'), HOME: folder };
  const said = await fettle(['run', file, '-i', fleet.inventory, ...options], environment);
  const runs = names(join(folder, 'state', 'runs'));
  for (const name of runs) fleet.owns(name);
  return { ...said, file, runs, environment };
}

function names(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

const lines = (text: string): readonly string[] => text.trimEnd().split('\n');
const copy = (name: string, rest = ''): string =>
  `- hosts: all\n  tasks:\n    - { copy: { dest: "{{ root }}/${name}", content: "new\\n" }${rest} }\n`;

describe('fettle run', () => {
  test('shows what it does and how the hosts stand, in the order of the inventory', async () => {
    const ended = await run(copy('plain'));
    expect(ended.code).toBe(0);
    expect(ended.stderr).toBe('');
    const shown = lines(ended.stdout);
    expect(shown[0]).toBe('PLAY all  3 hosts');
    expect(shown.slice(-6)).toEqual([
      'RECAP  3 hosts  3 changed',
      '  h1  changed      changed 1  (2 sends)',
      '  h2  changed      changed 1  (2 sends)',
      '  h3  changed      changed 1  (2 sends)',
      `run ${ended.runs[0]}`,
      `to take it back: fettle undo ${ended.runs[0]}`,
    ]);
  });

  test('-l takes only the hosts of a pattern that the play has too', async () => {
    const ended = await run(copy('limited'), '-l', 'h2:h3:!h3');
    expect(lines(ended.stdout)[0]).toBe('PLAY all  1 host');
    expect(names(fleet.root(1))).not.toContain('limited');
    expect(names(fleet.root(2))).toContain('limited');
  });

  test('-l that leaves nobody says so', async () => {
    const ended = await run(copy('nobody').replace('all', 'h1'), '-l', 'h2');
    expect([ended.code, lines(ended.stdout)[1]]).toEqual([0, '  warning  no host is selected']);
  });

  test.each([
    ['k=v', ['-e', 'a=1', '-e', 'b=two words'], '1|two words'],
    ['{json}', ['-e', '{"a": 1, "b": "x"}'], '1|x'],
    ['a later one wins', ['-e', 'a=1 ', '-e', '{"a": 2, "b": ""}'], '2|'],
  ])('-e %s', async (_form, options, says) => {
    const text =
      '- hosts: h1\n  vars: { a: play, b: play }\n  tasks:\n    - debug: { msg: "{{ a }}|{{ b }}" }\n';
    expect((await run(text, ...options)).stdout).toContain(`  h1  ${says}\n`);
  });

  test('-e @FILE', async () => {
    const vars = join(fleet.folder, 'vars.yml');
    writeFileSync(vars, 'a: [1, 2]\nb: "{{ a.[1] }}"\n');
    const text = '- hosts: h1\n  tasks:\n    - debug: { msg: "{{ a.[0] }}|{{ b }}" }\n';
    expect((await run(text, '-e', `@${vars}`)).stdout).toContain('  h1  1|2\n');
  });

  test('-C changes nothing, -D shows the difference', async () => {
    const ended = await run(copy('checked'), '-C', '-D', '-l', 'h1');
    expect(lines(ended.stdout).slice(0, 7)).toEqual([
      'PLAY all  1 host',
      '  h1  changed  copy',
      `      write ${fleet.root(1)}/checked`,
      '      --- /dev/null',
      `      +++ b${fleet.root(1)}/checked`,
      '      @@ -0,0 +1 @@',
      '      +new',
    ]);
    expect(lines(ended.stdout).at(-1)).toBe(`run ${ended.runs[0]}`);
    expect(names(fleet.root(1))).not.toContain('checked');
  });

  test('-D names a file above its content, not above what is no content: a mode, its going', async () => {
    const file = `${fleet.root(1)}/state`;
    await run(copy('state'), '-l', 'h1');
    const mode = await run(
      `- hosts: h1\n  tasks:\n    - { file: { path: ${file}, mode: "0600" } }\n    - { file: { path: ${file}, state: absent } }\n`,
      '-D',
    );
    expect(lines(mode.stdout).slice(1, 9)).toEqual([
      '  h1  changed  file',
      `      ${file}: mode 0644 → 0600`,
      '      @@ -1 +1 @@',
      '      -mode 0644',
      '      +mode 0600',
      '  h1  changed  file',
      `      remove ${file} (file)`,
      '      @@ -1 +0,0 @@',
    ]);
  });

  test('--exit-code tells of pending changes, with --check only', async () => {
    expect((await run(copy('pending'), '-C', '--exit-code')).code).toBe(3);
    expect((await run(copy('pending'), '-C')).code).toBe(0);
    const refused = await run(copy('pending'), '--exit-code');
    expect([refused.code, refused.runs]).toEqual([1, []]);
    expect(refused.stderr).toContain('add --check');
  });

  test('-f limits the hosts at work', async () => {
    const text = `- hosts: all\n  tasks:\n    - command: 'test ! -e "${fleet.folder}/busy"'\n    - shell: 'touch "${fleet.folder}/busy"; sleep 0.1; rm "${fleet.folder}/busy"'\n`;
    expect((await run(text, '-f', '1')).code).toBe(0);
  });

  test('-v shows what is as wanted and what commands write, -vv where it stands', async () => {
    const text = '- hosts: h1\n  tasks:\n    - { command: { cmd: echo hello, reads: true } }\n';
    const [none, one, two] = [await run(text), await run(text, '-v'), await run(text, '-vv')];
    expect(none.stdout).not.toMatch(/command|hello/);
    expect(one.stdout).toContain('  h1  ok  command\n      hello\n');
    expect(two.stdout).toContain(`  h1  ok  command  ${two.file}:3\n`);
    expect([none.stderr, one.stderr, two.stderr]).toEqual(['', '', '']);
  });

  test('-vvv shows what is sent and received, on standard error', async () => {
    const text = `- hosts: h1\n  tasks:\n    - { command: { cmd: "printf 'a\\\\033b'", reads: true }, environment: { TOKEN: s3cret-value } }\n`;
    const { stderr } = await run(text, '-vvv');
    expect(stderr).toMatch(/^h1 > send 1: act, command, at most \d+ s, environment TOKEN$/m);
    expect(stderr).toContain('h1 > exec printf ');
    expect(stderr).toContain('h1 < send 1: command: status 0\nh1 < a\\x1bb\n');
    expect(stderr).not.toContain('s3cret-value');
  });

  test('--output jsonl gives the events, one a line, as the record has them', async () => {
    const ended = await run(copy('json'), '--output', 'jsonl');
    const events = lines(ended.stdout).map((line) => JSON.parse(line) as Event);
    expect(events.map(({ event }) => event).slice(0, 2)).toEqual(['run_started', 'play_started']);
    expect(events.at(-1)).toMatchObject({ event: 'run_ended', exit: 0 });
    expect(events.filter(({ event }) => event === 'host_ended')).toHaveLength(3);
    const record = readFileSync(join(folder, 'state', 'runs', ended.runs[0] ?? '', 'events.jsonl'), 'utf8');
    expect(ended.stdout).toBe(record);
  });

  test('--output FORM=FILE writes into a file that is closed to others, beside what is shown', async () => {
    const file = join(fleet.folder, 'events.jsonl');
    const ended = await run(copy('files'), '--output', 'human', '--output', `jsonl=${file}`);
    expect(ended.stdout).toMatch(/^PLAY/);
    expect(lines(readFileSync(file, 'utf8')).map((line) => JSON.parse(line) as unknown)[0]).toMatchObject({
      event: 'run_started',
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('--list-hosts, --list-tasks and --syntax-check touch no host and leave no record', async () => {
    const text = `
- name: first
  hosts: h1:h2
  tasks:
    - { name: one, debug: { msg: x } }
    - { debug: { msg: x } }
  handlers:
    - { name: again, debug: { msg: x } }
- { hosts: h3, tasks: [{ command: "true" }] }
`.trim();
    const hosts = await run(text, '--list-hosts');
    expect(hosts.stdout).toBe(`${hosts.file}\n  first: 2 hosts\n    h1\n    h2\n  h3: 1 host\n    h3\n`);
    const tasks = await run(text, '--list-tasks');
    expect(tasks.stdout).toBe(
      [
        tasks.file,
        '  first',
        `    1. one  (debug, ${tasks.file}:4)`,
        `    2. debug  (debug, ${tasks.file}:5)`,
        `    handler: again  (debug, ${tasks.file}:7)`,
        '  h3',
        `    4. command  (command, ${tasks.file}:8)`,
        '',
      ].join('\n'),
    );
    const syntax = await run(text, '--syntax-check');
    expect(syntax.stdout).toBe(`${syntax.file}: no mistakes found\n`);
    expect([hosts, tasks, syntax].map(({ code, runs }) => [code, runs])).toEqual([
      [0, []],
      [0, []],
      [0, []],
    ]);
  });

  test('several playbooks run one after the other', async () => {
    const other = join(fleet.folder, 'other.yml');
    writeFileSync(other, '- hosts: h1\n  tasks:\n    - debug: { msg: "{{ made.stdout }}" }\n');
    const ended = await run('- hosts: h1\n  tasks:\n    - { command: echo made, register: made }\n', other);
    expect(ended.stdout).toContain('  h1  made\n');
  });

  test('become_user is enough where a variable lets hosts become somebody', async () => {
    const text = '- hosts: all\n  tasks:\n    - { debug: { msg: fine }, become_user: nobody }\n';
    expect((await run(text)).stderr).toContain('`become_user` without `become` does nothing');
    expect((await run(text, '-e', 'ansible_become=true')).code).toBe(0);
    const hosts = join(scratch(), 'hosts');
    writeFileSync(hosts, 'h1 ansible_become=yes\n');
    expect((await run(text, '-i', hosts)).code).toBe(0);
  });

  test.each([
    ['0: as wanted', '- hosts: all\n  tasks: []\n', 0],
    [
      '2: a host failed',
      '- hosts: all\n  tasks:\n    - { fail: { msg: no }, when: inventory_hostname == "h2" }\n',
      2,
    ],
    ['1: a mistake in the playbook', '- hosts: all\n  tsks: []\n', 1],
  ])('exit status %s', async (_what, text, code) => {
    expect((await run(text)).code).toBe(code);
  });
});

describe('semantics.md: `-e flag=false`', () => {
  const typed = '- hosts: h1\n  vars_schema: schema.json\n  tasks:\n    - debug: { msg: "{{ json x }}" }\n';
  const cases: readonly [string, string | null, string][] = [
    ['false', null, 'false'],
    ['False', null, '"False"'],
    ['no', null, '"no"'],
    ['12', null, '12'],
    ['0644', null, '"0644"'],
    ['1.10', null, '1.1'],
    ['[a, b]', null, '["a","b"]'],
    ['', null, '""'],
    ['"two words"', null, '"two words"'],
    ["'it''s 1.10'", null, '"it\'s 1.10"'],
    ['"1.10"', '{"type": "string"}', '"1.10"'],
    ['"root=/dev/x a=1"', null, '"root=/dev/x a=1"'],
    ['"a" or "b"', null, '"\\"a\\" or \\"b\\""'],
    ['1.10', '{"type": "string"}', '"1.10"'],
    ['false', '{"type": "string"}', '"false"'],
    ['no', '{"type": "boolean"}', 'false'],
    ['7', '{"type": "integer"}', '7'],
    ['true', '{"enum": ["true", "false"]}', '"true"'],
    ['5', '{"type": ["string", "integer"]}', '5'],
  ];
  test.each(cases)('%j with the schema %s is %s', async (text, schema, says) => {
    const play = schema === null ? typed.replace('  vars_schema: schema.json\n', '') : typed;
    scratch();
    writeFileSync(join(folder, 'p.yml'), play);
    writeFileSync(join(folder, 'schema.json'), `{"type": "object", "properties": {"x": ${schema}}}`);
    const words = ['run', join(folder, 'p.yml'), '-i', fleet.inventory, '-e', `x=${text}`];
    const said = await fettle(words, { FETTLE_STATE: join(folder, 'state') });
    expect(said.stderr).toBe('');
    expect(said.stdout).toContain(`  h1  ${says}\n`);
  });
});

test('-T limits how long a connection may take', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  scratch();
  try {
    const inventory = join(folder, 'hosts.ini');
    const { port } = silent.address() as AddressInfo;
    writeFileSync(inventory, `h1 ansible_host=127.0.0.1 ansible_port=${port}\n`);
    const environment = { FETTLE_STATE: join(folder, 'state'), HOME: folder };
    const said = await fettle(['do', 'h1', 'command', 'cmd=true', '-i', inventory, '-T', '1'], environment);
    expect([said.code, said.stdout]).toEqual([4, expect.stringMatching(/UNREACHABLE.* 1 s/)]);
  } finally {
    silent.close();
  }
});

test('-u and --private-key say how to log in over SSH', async () => {
  const ssh = await embeddedFleet(1);
  scratch();
  try {
    const inventory = join(folder, 'hosts.ini');
    const [host] = ssh.hosts;
    const known = `-o UserKnownHostsFile=${join(ssh.folder, 'known_hosts')}`;
    writeFileSync(
      inventory,
      `h1 ansible_host=127.0.0.1 ansible_port=${host?.embedded?.port} ansible_ssh_common_args='${known}'\n`,
    );
    const words = ['do', 'h1', 'command', 'cmd=id -un', '-i', inventory];
    const environment = { FETTLE_STATE: join(folder, 'state'), HOME: folder };
    const refused = await fettle([...words, '-u', 'nobody'], environment);
    expect(refused.code).toBe(4);
    const key = join(ssh.folder, 'id_ed25519');
    const user = host?.embedded?.user ?? '';
    const said = await fettle([...words, '-u', user, '--private-key', key], environment);
    expect(said.stdout).toContain(`      ${user}\n`);
    expect(said.code).toBe(0);
  } finally {
    await ssh.close();
  }
});
