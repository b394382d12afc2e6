import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { localFleet, type Fleet } from '../run/harness.ts';

const main = join(import.meta.dirname, '..', '..', 'engine', 'cli', 'main.ts');
const hasScript = spawnSync('script', ['--version']).status === 0;

describe.runIf(hasScript)('a question on a terminal (needs script of util-linux)', () => {
  let fleet: Fleet;
  let folder: string;
  beforeAll(async () => {
    fleet = await localFleet(2);
  });
  afterAll(() => fleet.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fettle-question-'));
  });
  afterEach(() => {
    for (const run of runs()) fleet.owns(run);
    rmSync(folder, { recursive: true, force: true });
  });

  const runs = (): readonly string[] => {
    const kept = join(folder, 'state', 'runs');
    return existsSync(kept) ? readdirSync(kept) : [];
  };

  /** What stands on the terminal when its person has answered what was asked; and the record. */
  async function answering(tasks: string, answers: Readonly<Record<string, string>>) {
    const file = join(folder, 'p.yml');
    writeFileSync(file, `- hosts: all\n  tasks:\n${tasks.trim().replaceAll(/^/gm, '    ')}\n`);
    const words = [process.execPath, '--import', 'tsx', main, 'run', file, '-i', fleet.inventory];
    const running = spawn('script', ['-qec', words.map((word) => `'${word}'`).join(' '), '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...process.env,
        FETTLE_STATE: join(folder, 'state'),
        HOME: folder,
        TERM: 'xterm-256color',
        CI: '',
        NO_COLOR: '1',
      },
    });
    let shown = '';
    let seen = 0;
    running.stdout.on('data', (data: Buffer) => {
      shown += data.toString('utf8');
      for (const [question, answer] of Object.entries(answers)) {
        const at = shown.indexOf(`${question} `, seen);
        if (at === -1) continue;
        seen = at + question.length;
        running.stdin.write(answer);
      }
    });
    const [code] = (await once(running, 'exit')) as [number | null];
    const [run = ''] = runs();
    const record = readFileSync(join(folder, 'state', 'runs', run, 'events.jsonl'), 'utf8');
    // biome-ignore lint: colours and movements are what is removed
    return { code, shown: shown.replaceAll(/\x1b\[[0-9;?]*[a-zA-Z]/g, ''), record };
  }

  test('it is put once, the row that moves stands still, and its answer is used', async () => {
    const { code, shown } = await answering(
      `
- { pause: { prompt: "Go on?" }, register: r }
- { debug: { msg: "so: {{ r.user_input }}" } }
`,
      { 'Go on?': 'by all means\n' },
    );
    expect(code).toBe(0);
    expect(shown.match(/Go on\?/g)?.length).toBeGreaterThan(0);
    expect(shown).toContain('h1  so: by all means');
    expect(shown).toContain('h2  so: by all means');
  });

  test('one that is not shown is shown nowhere', async () => {
    const { code, shown, record } = await answering(
      `
- { pause: { prompt: "Password?", echo: false }, register: r }
- { command: { cmd: cat, stdin: "{{ r.user_input }}", reads: true }, register: out }
- { debug: { var: out.stdout } }
`,
      { 'Password?': 'open sesame\n' },
    );
    expect(code).toBe(0);
    expect(shown).toContain('********');
    expect(shown + record).not.toContain('sesame');
  });

  test('Ctrl-C at it ends the run', async () => {
    const { code, shown, record } = await answering(
      '- pause: { prompt: "Go on?" }\n- { name: never, command: "true" }',
      { 'Go on?': '\x03' },
    );
    expect(code).toBe(130);
    expect(shown).toMatch(/RECAP {2}\d+ hosts {2}\d+ interrupted/);
    expect(record).not.toContain('never');
  });
});
