import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { version } from '../../engine/cli/version.ts';
import { fettle } from './fettle.ts';

let folder: string;
let playbook: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-cli-'));
  playbook = join(folder, 'p.yml');
  writeFileSync(playbook, '- hosts: all\n  tasks:\n    - { command: touch /never }\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const say = (...words: readonly string[]) =>
  fettle(words, { FETTLE_STATE: join(folder, 'state'), HOME: folder, FETTLE_INVENTORY: '' }, folder);

describe('a mistake on the command line: exit status 1, the next step, no host touched, no record', () => {
  test.each<[readonly string[], RegExp]>([
    [[], /Usage: fettle/],
    [['rnu'], /Did you mean run\?[^]*fettle --help/],
    [['run'], /missing required argument 'playbook'[^]*fettle run --help/],
    [['run', 'PLAYBOOK', '--chek'], /Did you mean --check\?[^]*fettle run --help/],
    [['run', 'no-such.yml', '-i', 'h1,'], /Cannot read the playbook no-such.yml[^]*Give the path/],
    [['run', 'PLAYBOOK'], /there is no inventory[^]*name one: -i/],
    [['run', 'PLAYBOOK', '-i', 'no-such'], /There is no inventory no-such[^]*comma/],
    [['run', 'PLAYBOOK', '-i', 'h1,', '-l', 'h9'], /no host or group `h9`/],
    [
      ['run', 'PLAYBOOK', '-i', 'h1,', '-l', ''],
      /no host is left by -l without a pattern[^]*inventory graph/,
    ],
    [['run', 'PLAYBOOK', '-i', 'h1,', '-l', 'h1:!h1'], /no host is left by -l h1:!h1/],
    [['run', 'PLAYBOOK', '-i', 'h1,', '-t', ''], /-t, --tags[^]*names no tag/],
    [['run', 'PLAYBOOK', '-i', 'h1,', '-f', '0'], /must be a whole number from 1/],
    [['run', 'PLAYBOOK', '-i', 'h1,', '-T', 'x'], /must be a whole number from 1/],
    [['run', 'PLAYBOOK', '-i', 'h1,', '-e', 'x'], /cannot read -e x[^]*name=value/],
    [['run', 'PLAYBOOK', '-i', 'h1,', '-e', 'a=1 b=2'], /more than one variable[^]*write -e for each/],
    [['run', 'PLAYBOOK', '-i', 'h1,', '-e', '@no-such'], /cannot read no-such/],
    [['run', 'PLAYBOOK', '-i', 'h1,', '-e', '[1]'], /cannot read -e \[1\]/],
    [['run', 'PLAYBOOK', '-i', 'h1,', '-e', '{"a": '], /command line \(-e\)/],
    [['run', 'PLAYBOOK', '-i', 'h1,', '-k'], /no terminal[^]*--connection-password-file/],
    [['run', 'PLAYBOOK', '-i', 'h1,', '-K'], /no terminal[^]*--become-password-file/],
    [['run', 'PLAYBOOK', '-i', 'h1,', '--become-password-file', '/no/such'], /cannot read the password file/],
    [['run', 'PLAYBOOK', '-i', 'h1,', '--become-method', 'runas'], /Allowed choices are sudo, su, doas/],
    [['run', 'PLAYBOOK', '-i', 'h1,', '-c', 'docker'], /Allowed choices are ssh, local/],
    [
      ['run', 'PLAYBOOK', '-i', 'h1,', '--output', 'xml'],
      /no output form xml[^]*use human, json, jsonl, junit, github/,
    ],
    [['run', 'PLAYBOOK', '-i', 'h1,', '--output', 'human', '--output', 'jsonl'], /would mix/],
    [
      ['run', 'PLAYBOOK', '-i', 'h1,', '--output', 'human=x', '--output', 'jsonl=./x'],
      /would mix in .*\/x\n[^]*a file of its own/,
    ],
    [['run', 'PLAYBOOK', '-i', 'h1,', '--output', 'jsonl=/no/such/file'], /cannot write to \/no\/such\/file/],
    [['run', 'PLAYBOOK', '-i', 'h1,', '--exit-code'], /add --check/],
    [['do', 'all'], /missing required argument 'module'[^]*fettle do --help/],
    [['do', 'all', 'no_such', '-i', 'h1,'], /no_such/],
    [['do', 'all', 'comand', 'cmd=x', '-i', 'h1,'], /command/],
    [['inventory', 'tree', '-i', 'h1,'], /there is no view tree[^]*list, graph/],
    [['inventory', 'host', '-i', 'h1,'], /which host/],
    [['inventory', 'list', 'h1', '-i', 'h1,'], /of all hosts, not of h1[^]*host NAME/],
    [['inventory', 'list'], /there is no inventory[^]*name one: -i/],
    [['facts', 'all', '-i', 'h1,', '--output', 'junit'], /unknown option '--output'/],
    [['facts', 'all'], /there is no inventory[^]*name one: -i/],
    [['inventory', 'host', 'h2', '-i', 'h1,'], /h2/],
    [['doc', 'ansible.builtin.service'], /there is no module ansible.builtin.service[^]*`systemd:`/],
    [['doc', 'fiel'], /there is no module fiel[^]*file/],
    [['undo', ''], /there is no run without a name/],
    [['undo', 'no-such-run'], /there is no run no-such-run[^]*known runs: none/],
  ])('fettle %j', async (words, says) => {
    const said = await say(...words.map((word) => (word === 'PLAYBOOK' ? playbook : word)));
    expect(said.stderr + (words.length === 0 ? said.stdout : '')).toMatch(says);
    expect(said.code).toBe(1);
    expect(existsSync(join(folder, 'state'))).toBe(false);
  });

  test('several mistakes are told at once: in two playbooks and the inventory', async () => {
    const [one, two, hosts] = ['one.yml', 'two.yml', 'hosts.ini'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(one, '- hosts: all\n  tsks: []\n  tasks:\n    - { comand: x }\n');
    writeFileSync(two, '- hosts: all\n  tasks:\n    - { file: { pth: /x } }\n');
    writeFileSync(hosts, '[web\nh1\n');
    const said = await say('run', one, two, '-i', hosts);
    expect(said.code).toBe(1);
    for (const place of [`${one}:2:3`, `${one}:4:9`, `${two}:3:17`, `${hosts}:1`])
      expect(said.stderr).toContain(place);
  });

  test('names, files and variables are checked together, for all plays', async () => {
    const file = join(folder, 'names.yml');
    writeFileSync(
      file,
      '- hosts: all\n  tasks:\n    - { debug: { msg: "{{ no_such }}" } }\n    - { copy: { dest: /x, src: no-such-file } }\n- hosts: all\n  tasks:\n    - { command: "true", when: facts.no_such_fact.x }\n',
    );
    const said = await say('run', file, '-i', 'h1,', '--syntax-check');
    expect(said.code).toBe(1);
    for (const name of ['no_such', 'no-such-file', 'no_such_fact']) expect(said.stderr).toContain(name);
  });

  test('a mistake in a line with a password does not show it', async () => {
    const hosts = join(folder, 'secret.ini');
    writeFileSync(hosts, "[web:vrs]\nansible_password='hunter 2'\n[a\nh1 ansible_become_pass=hunter2 x='\n");
    const said = await say('run', playbook, '-i', hosts);
    expect(said.code).toBe(1);
    expect(said.stderr).not.toContain('hunter');
  });
});

describe('what needs no host', () => {
  test.each(['--help', '-h', 'help'])('fettle %s', async (word) => {
    const said = await say(word);
    expect([said.code, said.stderr]).toEqual([0, '']);
    for (const command of ['run', 'do', 'undo', 'runs', 'facts', 'inventory', 'doc'])
      expect(said.stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  });

  test('fettle run --help has all options, each with a word on it', async () => {
    const { stdout } = await say('run', '--help');
    const options = [...stdout.matchAll(/^ {2}(-\w, )?(--[\w-]+)/gm)].map(([, , long]) => long);
    expect(options).toEqual([
      '--inventory',
      '--extra-vars',
      '--limit',
      '--forks',
      '--user',
      '--private-key',
      '--ask-pass',
      '--connection-password-file',
      '--become',
      '--become-user',
      '--become-method',
      '--ask-become-pass',
      '--become-password-file',
      '--connection',
      '--accept-new',
      '--timeout',
      '--verbose',
      '--output',
      '--check',
      '--diff',
      '--exit-code',
      '--tags',
      '--skip-tags',
      '--start-at-task',
      '--step',
      '--force-handlers',
      '--list-hosts',
      '--list-tasks',
      '--list-tags',
      '--syntax-check',
      '--help',
    ]);
    expect(stdout).not.toMatch(/default: \[\]/);
  });

  test('lists can be asked for together', async () => {
    const { stdout } = await say('run', playbook, '-i', 'h1,', '--list-hosts', '--list-tasks');
    expect(stdout).toMatch(/^ {2}all: 1 host\n {4}h1\n {2}all\n {4}1\. command/m);
  });

  test.each(['--version', '-V'])('fettle %s', async (word) => {
    expect(await say(word)).toEqual({ code: 0, stdout: `fettle ${version}\n`, stderr: '' });
  });

  test('fettle doc lists the modules, fettle doc MODULE is its page', async () => {
    const list = await say('doc');
    expect(list.stdout).toMatch(/^copy +\S.*$/m);
    const page = await say('doc', 'copy');
    expect(page.stdout).toMatch(/^## copy\n/);
    expect(page.stdout).toContain('| `dest` (required) |');
    expect((await say('doc', 'ansible.builtin.copy')).stdout).toBe(page.stdout);
    expect((await say('doc', 'ansible.posix.sysctl')).stdout).toMatch(/^## sysctl\n/);
    expect((await say('doc', 'yum')).stdout).toMatch(/^## dnf\n/);
  });
});

describe('fettle inventory', () => {
  let hosts: string;
  beforeAll(() => {
    hosts = join(folder, 'hosts.ini');
    writeFileSync(
      hosts,
      '[web]\nweb1 colour=blue\nweb2 ansible_password=hunter2 ansible_become_pass=hunter3\n[all:vars]\nansible_ssh_pass=hunter4\n',
    );
  });

  test('list is JSON as Ansible has it, without passwords', async () => {
    const said = await say('inventory', 'list', '-i', hosts);
    expect(said.code).toBe(0);
    expect(JSON.parse(said.stdout)).toMatchObject({
      _meta: { hostvars: { web1: { colour: 'blue' }, web2: { ansible_password: '********' } } },
      web: { hosts: ['web1', 'web2'] },
    });
    expect(said.stdout).not.toContain('hunter');
  });

  test('graph is a tree', async () => {
    expect((await say('inventory', 'graph', '-i', hosts)).stdout).toMatch(/^@all:\n[^]* {2}\|--web1\n/m);
    expect((await say('inventory', 'graph', 'web', '-i', hosts)).stdout).toBe(
      '@web:\n  |--web1\n  |--web2\n',
    );
  });

  test('-e wins here too', async () => {
    const said = await say('inventory', 'host', 'web1', '-i', hosts, '-e', 'colour=red', '-e', 'size=3');
    expect(JSON.parse(said.stdout)).toMatchObject({ colour: 'red', size: 3 });
    expect((await say('inventory', 'list', '-i', 'h1,', '-e', 'size=3')).stdout).toContain('"size": 3');
  });

  test('a name moves nothing on the terminal', async () => {
    const evil = join(folder, 'evil.yml');
    writeFileSync(evil, 'all: { hosts: { "a\\ec": {} } }\n');
    expect((await say('inventory', 'graph', '-i', evil)).stdout).toContain('|--a\\x1bc\n');
    expect((await say('run', playbook, '--list-hosts', '-i', evil)).stdout).toContain('    a\\x1bc\n');
    expect((await say('inventory', 'host', '\x1bc', '-i', evil)).stderr).toContain('`\\x1bc`');
  });

  test('host shows its variables, without passwords', async () => {
    const said = await say('inventory', 'host', 'web1', '-i', hosts);
    expect(JSON.parse(said.stdout)).toEqual({ ansible_ssh_pass: '********', colour: 'blue' });
  });
});

test('a mistake in a playbook is an annotation where these are wanted', async () => {
  const wrong = join(folder, 'wrong.yml');
  writeFileSync(wrong, '- hosts: all\n  tasks:\n    - { comand: "true" }\n');
  const { code, stdout, stderr } = await say(
    'run',
    wrong,
    '-i',
    'h1,',
    '--output',
    'github',
    '--syntax-check',
  );
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: expect.stringMatching(
      /^::error file=.*wrong\.yml,line=3,col=9,title=fettle::.*`comand`.*%0A→ .*command.*\n$/,
    ),
  });
  expect(stderr).toContain('wrong.yml:3:9');
  const missing = join(folder, 'missing.yml');
  writeFileSync(missing, '- hosts: all\n  tasks:\n    - copy: { src: nowhere, dest: /x }\n');
  const file = join(folder, 'annotations');
  await say('run', missing, '-i', 'h1,', '--output', `github=${file}`);
  expect(readFileSync(file, 'utf8')).toMatch(/^::error file=.*missing\.yml,line=3,/);
});
