import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Event } from '../../engine/run/events.ts';
import { localFleet, type Fleet } from '../run/harness.ts';

const main = join(import.meta.dirname, '..', '..', 'engine', 'cli', 'main.ts');
const hasScript = spawnSync('script', ['--version']).status === 0;

let fleet: Fleet;
let folder: string;
let file: string;
beforeAll(async () => {
  fleet = await localFleet(3);
});
afterAll(() => fleet.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-cli-'));
  file = join(folder, 'p.yml');
});
afterEach(() => {
  for (const run of runs()) fleet.owns(run);
  rmSync(folder, { recursive: true, force: true });
});

const runs = (): readonly string[] => {
  const kept = join(folder, 'state', 'runs');
  return existsSync(kept) ? readdirSync(kept) : [];
};
const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  FETTLE_STATE: join(folder, 'state'),
  HOME: folder,
});
const words = (...more: readonly string[]): readonly string[] => [
  '--import',
  'tsx',
  main,
  'run',
  file,
  '-i',
  fleet.inventory,
  ...more,
];
const start = (...more: readonly string[]): ChildProcess =>
  spawn(process.execPath, words(...more), { stdio: ['ignore', 'pipe', 'pipe'], env: environment() });

async function ended(running: ChildProcess) {
  const [stdout, stderr, [code, signal]] = await Promise.all([
    running.stdout ? text(running.stdout) : '',
    running.stderr ? text(running.stderr) : '',
    once(running, 'exit') as Promise<[number | null, string | null]>,
  ]);
  return { stdout, stderr, code, signal };
}

async function until(path: string): Promise<void> {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('Ctrl-C', () => {
  /** A command that ends when it is let go. */
  const slow = (): string =>
    `- hosts: h1\n  tasks:\n    - { name: slow, shell: "touch '${folder}/begun'; until [ -e '${folder}/go' ]; do sleep 0.05; done; touch '${folder}/done'" }\n    - { name: next, command: "touch '${folder}/next'" }\n`;
  const letGo = () => writeFileSync(join(folder, 'go'), '');
  const said = async (running: ChildProcess, words: string): Promise<void> => {
    let shown = '';
    for await (const data of running.stderr ?? []) {
      shown += String(data);
      if (shown.includes(words)) return;
    }
  };

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s: work in flight ends, nothing more is begun, exit status 130',
    async (signal) => {
      writeFileSync(file, slow());
      const running = start();
      const stdout = text(running.stdout as NonNullable<typeof running.stdout>);
      await until(join(folder, 'begun'));
      running.kill(signal);
      const over = once(running, 'exit');
      await said(running, 'stopping after the work in flight');
      letGo();
      expect((await over)[0]).toBe(130);
      expect(await stdout).toContain('  h1  interrupted  changed 1');
      expect([existsSync(join(folder, 'done')), existsSync(join(folder, 'next'))]).toEqual([true, false]);
    },
  );

  test('twice: at once; the change itself is left to end on the host', async () => {
    writeFileSync(file, slow());
    const running = start();
    await until(join(folder, 'begun'));
    running.kill('SIGINT');
    const over = once(running, 'exit');
    await said(running, 'stopping after the work in flight');
    running.kill('SIGINT');
    expect((await over)[0]).toBe(130);
    letGo();
    await expect.poll(() => existsSync(join(folder, 'done')), { timeout: 20_000 }).toBe(true);
  });
});

test('a reader that goes away does not stop the run', async () => {
  writeFileSync(
    file,
    `- hosts: h1\n  tasks:\n${'    - { command: { cmd: "true", reads: true } }\n'.repeat(20)}    - { copy: { dest: "${folder}/made", content: x } }\n`,
  );
  const running = start('-v');
  running.stdout?.once('data', () => running.stdout?.destroy());
  const [code] = (await once(running, 'exit')) as [number | null];
  expect(code).toBe(0);
  expect(existsSync(join(folder, 'made'))).toBe(true);
});

test('what lasts is told of while it goes on: a command, a wait, a change', async () => {
  const until = (name: string): string => `until [ -e '${folder}/${name}' ]; do sleep 0.05; done`;
  writeFileSync(
    file,
    `- hosts: h1
  tasks:
    - { name: one, shell: "${until('one')}" }
    - { name: two, wait_for: { path: "${folder}/two" } }
    - { name: three, copy: { dest: "${folder}/made", content: x, validate: "sh -c '${until('three').replaceAll("'", '')}' %s" } }
    - { name: four, no_log: true, shell: "${until('four')}" }
`,
  );
  const running = start('--output', 'jsonl');
  const told: string[] = [];
  for await (const line of createInterface({ input: running.stdout as NonNullable<typeof running.stdout> })) {
    const event = JSON.parse(line) as Event;
    if (event.event !== 'waiting') continue;
    const said = `${event.task}: ${event.why}`;
    if (told.includes(said)) continue;
    told.push(said);
    writeFileSync(join(folder, ['one', 'two', 'three', 'four'][told.length - 1] ?? ''), '');
  }
  expect(told).toEqual([
    `shell: run ${until('one')}`,
    `wait_for: wait for ${folder}/two to be present`,
    `copy: write ${folder}/made`,
    'shell: (hidden by no_log)',
  ]);
});

test.runIf(existsSync('/dev/full'))(
  'a full disk behind `>` does not stop the run (needs /dev/full)',
  async () => {
    writeFileSync(
      file,
      `- hosts: h1\n  tasks:\n    - { command: "true" }\n    - { command: "true" }\n    - { copy: { dest: "${folder}/made", content: x } }\n`,
    );
    const full = openSync('/dev/full', 'w');
    const running = spawn(process.execPath, words('-v'), {
      stdio: ['ignore', full, 'pipe'],
      env: environment(),
    });
    closeSync(full);
    const { code, stderr } = await ended(running);
    expect([code, stderr]).toEqual([
      0,
      'fettle: standard output is not complete: ENOSPC: no space left on device, write\n',
    ]);
    expect(existsSync(join(folder, 'made'))).toBe(true);
  },
);

test('the exit status of the process, and nothing on a terminal but lines where there is none', async () => {
  writeFileSync(file, '- hosts: h1\n  tasks:\n    - { fail: { msg: no } }\n');
  const { code, stdout } = await ended(start());
  expect(code).toBe(2);
  expect(stdout).not.toContain('\x1b');
});

describe.runIf(hasScript)('on a terminal (needs script of util-linux)', () => {
  /** All that was written to a terminal of a size while fettle ran there. */
  async function onTerminal(size = 'cols 120 rows 40'): Promise<string> {
    const command = [process.execPath, ...words()].map((word) => `'${word}'`).join(' ');
    const running = spawn('script', ['-qec', `stty ${size}; ${command}`, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...environment(), TERM: 'xterm-256color', CI: '', NO_COLOR: '', FORCE_COLOR: '' },
    });
    running.stdin.end();
    return text(running.stdout);
  }

  test('one row moves while three hosts are at work; lines and recap follow, in colours', async () => {
    writeFileSync(
      file,
      '- name: web\n  hosts: all\n  tasks:\n    - { command: "true" }\n    - { fail: { msg: no good }, when: inventory_hostname == "h2" }\n    - { command: sleep 1 }\n    - { copy: { dest: "{{ root }}/f", content: x } }\n',
    );
    const shown = await onTerminal();
    expect(shown).toContain('\x1b[');
    // biome-ignore lint: colours and movements are what is removed
    const plain = shown.replaceAll(/\x1b\[[0-9;?]*[a-zA-Z]/g, '');
    expect(plain).toMatch(/PLAY web {2}0\/3 hosts done, \d at work, 0 changed/);
    expect(plain).toMatch(/PLAY web {2}3\/3 hosts done, 0 at work, 3 changed, 1 in trouble/);
    expect(plain).toMatch(/h2 {2}failed: fail \(no good\)/);
    const last = plain.slice(plain.lastIndexOf('hosts done'));
    expect(last).toMatch(/ {2}h2 {2}FAILED {2}fail: no good\r?\n/);
    expect(last).toMatch(/RECAP {2}3 hosts {2}2 changed {2}1 failed\r?\n {2}h1 {2}changed/);
  });

  test('on a low terminal the play keeps its row', async () => {
    writeFileSync(
      file,
      '- name: web\n  hosts: all\n  tasks:\n    - { debug: { msg: x } }\n    - { fail: { msg: no good }, when: inventory_hostname != "h1" }\n    - { pause: { seconds: 1 } }\n',
    );
    const shown = await onTerminal('cols 60 rows 4');
    // biome-ignore lint: colours and movements are what is removed
    const plain = shown.replaceAll(/\x1b\[[0-9;?]*[a-zA-Z]/g, '').replaceAll('\r', '');
    // Between the play's own row and the next drawing of it.
    const below = [...plain.matchAll(/PLAY web.*\n((?: {2}\S.*\n)*)(?=. PLAY)/g)].map(
      ([, rows = '']) => rows,
    );
    expect(Math.max(...below.map((rows) => rows.split('\n').length - 1))).toBe(2);
  });

  test('a value from a host moves nothing there', async () => {
    writeFileSync(file, '- hosts: h1\n  tasks:\n    - { fail: { msg: "\\e[2Jgone" } }\n');
    expect(await onTerminal()).not.toContain('\x1b[2J');
  });

  test('passwords are asked for without being shown', async () => {
    writeFileSync(file, '- hosts: h1\n  tasks:\n    - { command: echo typed-secret }\n');
    const command = [process.execPath, ...words('-K', '-v')].map((word) => `'${word}'`).join(' ');
    const running = spawn('script', ['-qec', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...environment(), TERM: 'dumb' },
    });
    let shown = '';
    running.stdout.on('data', (data: Buffer) => {
      shown += data.toString('utf8');
      if (shown.endsWith('become password: ')) running.stdin.write('typed-secret\n');
    });
    const [code] = (await once(running, 'exit')) as [number | null];
    expect([code, shown]).toEqual([0, expect.stringContaining('      ********')]);
    expect(shown).not.toContain('typed-secret');
  });

  test.each([
    ['Ctrl-D', '\x04', 1, /the become password was left without an answer\r?\n.*--become-password-file/],
    ['Ctrl-C', '\x03', 130, /become password: \r?\n$/],
  ])('%s where a password is asked for ends it', async (_key, key, status, says) => {
    writeFileSync(file, '- hosts: h1\n  tasks:\n    - { command: "true" }\n');
    const command = [process.execPath, ...words('-K')].map((word) => `'${word}'`).join(' ');
    const running = spawn('script', ['-qec', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...environment(), TERM: 'dumb' },
    });
    let shown = '';
    running.stdout.on('data', (data: Buffer) => {
      shown += data.toString('utf8');
      if (shown.endsWith('become password: ')) running.stdin.write(key);
    });
    expect(await once(running, 'close')).toEqual([status, null]);
    expect(shown).toMatch(says);
    expect(runs()).toEqual([]);
  });

  test('--step asks before each task, and does what is answered', async () => {
    writeFileSync(
      file,
      `- hosts: all\n  tasks:\n${['one', 'two', 'three'].map((name) => `    - { name: ${name}, copy: { dest: "{{ root }}/${name}", content: x } }\n`).join('')}`,
    );
    const command = [process.execPath, ...words('--step')].map((word) => `'${word}'`).join(' ');
    const running = spawn('script', ['-qec', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...environment(), TERM: 'dumb' },
    });
    const answers = ['y\n', 'n\n', 'c\n'];
    let shown = '';
    let from = 0;
    running.stdout.on('data', (data: Buffer) => {
      shown += data.toString('utf8');
      const asked = shown.indexOf('(c)ontinue ', from);
      if (asked === -1) return;
      from = asked + 1;
      running.stdin.write(answers.shift() ?? '');
    });
    const [code] = (await once(running, 'exit')) as [number | null];
    expect(shown.match(/Perform task: \w+/g)).toEqual(
      expect.arrayContaining(['Perform task: one', 'Perform task: two', 'Perform task: three']),
    );
    for (const { root } of fleet.hosts)
      expect(['one', 'two', 'three'].map((name) => existsSync(join(root, name)))).toEqual([
        true,
        false,
        true,
      ]);
    expect([code, answers]).toEqual([0, []]);
  });
});

test('--step without a terminal is refused before anything is done', async () => {
  writeFileSync(file, '- hosts: h1\n  tasks:\n    - { command: "true" }\n');
  const { code, stderr } = await ended(start('--step'));
  expect(code).toBe(1);
  expect(stderr).toBe(
    '`--step` asks before each task, and there is no terminal at which somebody could answer\n  run it from a terminal, or leave --step out; --check shows what would be changed\n',
  );
  expect(runs()).toEqual([]);
});

test('a record that was cut in the midst of a line can still be read', async () => {
  writeFileSync(file, '- hosts: h1\n  tasks:\n    - { command: "true" }\n');
  await ended(start());
  const record = join(folder, 'state', 'runs', runs()[0] ?? '', 'events.jsonl');
  const whole = readFileSync(record, 'utf8');
  writeFileSync(record, whole.slice(0, -20));
  const listing = spawn(process.execPath, ['--import', 'tsx', main, 'runs'], { env: environment() });
  const { stdout, code } = await ended(listing);
  expect(code).toBe(0);
  expect(stdout).toContain('cut short');
  expect(
    whole
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as Event).event),
  ).toContain('run_ended');
});
