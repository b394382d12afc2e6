import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { localFleet, type Fleet } from '../run/harness.ts';

const main = join(import.meta.dirname, '..', '..', 'engine', 'cli', 'main.ts');
const hasScript = spawnSync('script', ['--version']).status === 0;
const forks = 50;

/*
 * A task that begins, tells so, and goes on when the pipe is opened; and a change before it that owes a handler.
 */
const playbook = (at: string): string => `- name: shop
  hosts: all
  tasks:
    - { name: file, copy: { dest: "{{ root }}/f", content: x }, notify: restart }
    - { name: slow, shell: "touch '${at}/begun/{{ inventory_hostname }}'; : <'${at}/go'; touch '${at}/done/{{ inventory_hostname }}'" }
    - { name: next, shell: "touch '${at}/next/{{ inventory_hostname }}'" }
  handlers:
    - { name: restart, command: "true" }
`;

describe.runIf(hasScript)('Ctrl-C on a terminal (needs script of util-linux)', { timeout: 120_000 }, () => {
  let fleet: Fleet;
  let folder: string;
  beforeAll(async () => {
    fleet = await localFleet(500);
  });
  afterAll(() => fleet.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fettle-cli-'));
    spawnSync('mkdir', ['begun', 'done', 'next'], { cwd: folder });
    spawnSync('mkfifo', ['go'], { cwd: folder });
    writeFileSync(join(folder, 'p.yml'), playbook(folder));
  });
  afterEach(() => {
    for (const run of readdirSync(join(folder, 'state', 'runs'))) fleet.owns(run);
    rmSync(folder, { recursive: true, force: true });
    for (const { root } of fleet.hosts) rmSync(join(root, 'f'), { force: true });
  });

  const marks = (of: 'begun' | 'done' | 'next'): number => readdirSync(join(folder, of)).length;

  /** fettle on a terminal of its own; `shown` is all that was written there. */
  function start(hosts: number) {
    const words = [
      '--import',
      'tsx',
      main,
      'run',
      join(folder, 'p.yml'),
      '-i',
      fleet.inventory,
      '-l',
      limit(hosts),
    ];
    const command = [process.execPath, ...words].map((word) => `'${word}'`).join(' ');
    // The shell outlives Ctrl-C, which goes to all that runs in front.
    const shell = `stty cols 80 rows 24; trap : INT; stty -g >'${folder}/before'; ${command}; s=$?; stty -g >'${folder}/after'; exit $s`;
    const running = spawn('script', ['-qec', shell, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...process.env,
        FETTLE_STATE: join(folder, 'state'),
        TERM: 'xterm-256color',
        CI: '',
        NO_COLOR: '',
        FORCE_COLOR: '',
        SHELL: '/bin/sh',
      },
    });
    const seen = { shown: '' };
    running.stdout.on('data', (data: Buffer) => (seen.shown += data.toString('utf8')));
    const over = once(running, 'close') as Promise<[number | null]>;
    return { seen, over, ctrlC: () => running.stdin.write('\x03') };
  }

  const limit = (hosts: number): string => (hosts === 500 ? 'all' : 'h1,h2,h3,h4,h5');

  /** Lets all hosts go on that wait for it. */
  async function go(use: () => Promise<void>): Promise<void> {
    const pipe = openSync(join(folder, 'go'), 'r+');
    try {
      await use();
    } finally {
      closeSync(pipe);
    }
  }

  const isClean = (shown: string): void => {
    expect(shown).toContain('\x1b[?25l');
    expect(shown.lastIndexOf('\x1b[?25h')).toBeGreaterThan(shown.lastIndexOf('\x1b[?25l'));
    expect(readFileSync(join(folder, 'after'), 'utf8')).toBe(readFileSync(join(folder, 'before'), 'utf8'));
    // biome-ignore lint: colours and the cursor are what is removed
    expect(shown.replaceAll(/\x1b\[[0-9;?]*[a-zA-Z]/g, '').endsWith('\n')).toBe(true);
  };

  test.each([5, 500])(
    'once, %i hosts: what is in flight ends, the recap says how far it came',
    async (hosts) => {
      const { seen, over, ctrlC } = start(hosts);
      const atWork = Math.min(hosts, forks);
      await expect.poll(() => marks('begun'), { timeout: 120_000, interval: 100 }).toBe(atWork);
      ctrlC();
      await expect
        .poll(() => seen.shown, { timeout: 60_000 })
        .toContain('fettle: stopping after the work in flight');
      await go(async () => {
        expect((await over)[0]).toBe(130);
      });
      expect([marks('begun'), marks('done'), marks('next')]).toEqual([atWork, atWork, 0]);
      isClean(seen.shown);
      // biome-ignore lint: colours and movements are what is removed
      const plain = seen.shown.replaceAll(/\x1b\[[0-9;?]*[a-zA-Z]/g, '').replaceAll('\r', '');
      expect(plain).toContain(`✖ PLAY shop  ${hosts}/${hosts} hosts done`);
      const recap = plain.slice(plain.indexOf('RECAP'));
      expect(recap).toContain(`RECAP  ${hosts} hosts  ${hosts} interrupted\n`);
      expect(recap.match(/^ {2}h\d+ +interrupted +changed 2 .*\n {6}still owes: restart$/gm)).toHaveLength(
        atWork,
      );
    },
  );

  test('twice: at once, and the cursor is there again', async () => {
    const { seen, over, ctrlC } = start(5);
    await expect.poll(() => marks('begun'), { timeout: 60_000, interval: 100 }).toBe(5);
    await expect.poll(() => seen.shown, { timeout: 60_000 }).toContain('\x1b[?25l');
    ctrlC();
    await expect.poll(() => seen.shown, { timeout: 60_000 }).toContain('once more stops at once');
    ctrlC();
    expect((await over)[0]).toBe(130);
    expect(marks('done')).toBe(0);
    isClean(seen.shown);
    expect(seen.shown).not.toContain('RECAP');
    await go(async () => {
      await expect.poll(() => marks('done'), { timeout: 60_000, interval: 100 }).toBe(5);
    });
  });
});
