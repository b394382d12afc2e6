import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fault } from '../hosts/faults.ts';
import { embeddedFleet, localFleet, type Fleet } from './harness.ts';
import type { Ended } from './ended.ts';
import { canMount, mountSmall } from './tmpfs.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

const text = `
- hosts: all
  tasks:
    - { copy: { dest: "{{ root }}/a", content: "a\\n" } }
    - { command: "true" }
    - { copy: { dest: "{{ root }}/b", content: "b\\n" } }
`.trim();

/** The others went through all of it. */
function expectOthers(ended: Ended): void {
  for (const name of ['h1', 'h3']) {
    expect(ended.host(name)).toMatchObject({ status: 'changed', counts: { changed: 3 } });
  }
}

describe('a host that cannot be reached gets its own result, the others finish', () => {
  beforeEach(async () => {
    fleet = await embeddedFleet(3);
  });

  const second = () => fleet.hosts[1]?.embedded as NonNullable<(typeof fleet.hosts)[number]['embedded']>;

  test('it is down', async () => {
    await second().close();
    const ended = await fleet.run(text);
    expectOthers(ended);
    expect(ended.host('h2')).toMatchObject({ status: 'unreachable', counts: { unreachable: 1 }, sends: 0 });
    expect(ended.tasks('h2')).toMatchObject([{ status: 'unreachable', next: expect.stringMatching(/./) }]);
    expect(ended.host('h2').message).toMatch(/refused|reach/i);
    expect(ended.exit).toBe(4);
  });

  test('it refuses the key', async () => {
    second().fault({ kind: 'refuse-key' });
    const ended = await fleet.run(text);
    expectOthers(ended);
    expect(ended.host('h2').status).toBe('unreachable');
    expect(ended.host('h2').message).toMatch(/key|log in|login/i);
    expect(ended.tasks('h2')[0]?.next).toMatch(/./);
    expect(ended.exit).toBe(4);
  });

  test('its key is not the one that is known', async () => {
    const known = join(fleet.folder, 'known_hosts');
    const lines = readFileSync(known, 'utf8').split('\n');
    const [where] = (lines[1] as string).split(' ');
    writeFileSync(
      known,
      [lines[0], `${where} ${lines[0]?.split(' ').slice(1).join(' ')}`, lines[2], ''].join('\n'),
    );
    const ended = await fleet.run(text);
    expectOthers(ended);
    expect(ended.host('h2').message).toMatch(/key/i);
    expect(ended.exit).toBe(4);
  });

  test.each<[string, number, Fault]>([
    ['it hangs before the first answer', 1, { kind: 'hang', after: 0 }],
    ['it hangs in the middle of an answer', 1, { kind: 'hang', after: 60 }],
    ['its shell is killed', 1, { kind: 'kill-shell', after: 0 }],
    ['its shell is killed in mid-change', 2, { kind: 'kill-shell', after: 10 }],
    ['the connection drops', 1, { kind: 'drop', after: 0 }],
    ['the connection drops in mid-change', 2, { kind: 'drop', after: 10 }],
  ])('%s', async (_what, send, fault) => {
    const before = ({ host, number }: { host: string; number: number }) => {
      if (host === 'h2' && number === send) second().fault(fault);
    };
    const limits = fault.kind === 'hang' ? { stall: { host: 'h2', seconds: 1 } } : {};
    const ended = await fleet.run(text, { watch: { before }, limits });
    expectOthers(ended);
    const lost = ended.tasks('h2').at(-1);
    expect(lost).toMatchObject({ status: 'unreachable', next: expect.stringMatching(/./) });
    expect(ended.host('h2')).toMatchObject({ status: 'unreachable' });
    expect(ended.host('h2').message).toMatch(/./);
    expect(ended.exit).toBe(4);
    // A change that was cut is on record, so that it can be taken back.
    expect(ended.changes('h2')).toHaveLength(Math.min(send - 1, 2));
  });

  test('it hangs before it has a shell', async () => {
    second().fault({ kind: 'hang-at-exec' });
    const ended = await fleet.run(text, { limits: { stall: { host: 'h2', seconds: 1 } } });
    expectOthers(ended);
    expect(ended.tasks('h2')).toMatchObject([{ status: 'unreachable', next: expect.stringMatching(/./) }]);
    expect(ended.exit).toBe(4);
  });

  test('semantics.md: a `command` cut by a lost connection: whether it has run is said to be unknown', async () => {
    const before = ({ host, number }: { host: string; number: number }) => {
      if (host === 'h2' && number === 3) second().fault({ kind: 'drop', after: 0 });
    };
    const ended = await fleet.run(text, { watch: { before } });
    expectOthers(ended);
    expect(ended.tasks('h2').at(-1)).toMatchObject({
      status: 'unknown',
      message: expect.stringMatching(
        /^it was sent, and then the host was lost .* it may or may not have run$/,
      ),
      next: expect.stringContaining('/progress'),
    });
    expect(ended.host('h2')).toMatchObject({ status: 'unreachable', counts: { changed: 1, unknown: 1 } });
    expect(ended.exit).toBe(4);
  });

  test('a failure weighs more than a host that cannot be reached', async () => {
    await second().close();
    const failing = text.replace('command: "true"', 'command: "false"');
    expect((await fleet.run(failing)).exit).toBe(2);
  });

  test('a lost host is not spoken to in later plays', async () => {
    await second().close();
    const ended = await fleet.run(`${text}\n- hosts: all\n  tasks:\n    - debug: { msg: later }\n`);
    expect(ended.tasks('h2')).toHaveLength(1);
    expect(ended.said('h1')).toEqual(['later']);
  });
});

describe('a host that fails', () => {
  beforeEach(async () => {
    fleet = await localFleet(3);
  });

  test('the others finish, and the exit status says so', async () => {
    writeFileSync(join(fleet.root(2), 'a'), '');
    const ended = await fleet.run(
      text.replace(
        'command: "true"',
        'command: { cmd: "test -s {{ root }}/x", unless: "test {{ inventory_hostname }} != h2" }',
      ),
    );
    expect(ended.host('h1')).toMatchObject({ status: 'changed', counts: { ok: 1, changed: 2 } });
    expect(ended.host('h2')).toMatchObject({ status: 'failed', counts: { changed: 1, failed: 1 } });
    expect(ended.exit).toBe(2);
  });

  test('an identity that cannot be had fails the tasks that need it, and no others', async () => {
    const ended = await fleet.run(
      `
- hosts: h1
  tasks:
    - { command: "true" }
    - { copy: { dest: "{{ root }}/a", content: x }, become: true, become_user: no-such-user, ignore_errors: true }
    - { command: "true" }
`.trim(),
    );
    expect(ended.line()).toEqual(['command: changed', 'copy: ignored', 'command: changed']);
    expect(ended.tasks()[1]?.message).toMatch(/no-such-user|sudo/);
  });

  test('nothing is changed or run where the journal cannot be kept', async () => {
    const isRoot = process.getuid?.() === 0;
    const journals = isRoot ? '/var/lib/fettle' : join(fleet.folder, '.local/state/fettle');
    mkdirSync(journals, { recursive: true });
    const ended = await fleet.run(
      `
- hosts: h1
  tasks:
    - { copy: { dest: "{{ root }}/a", content: x }, ignore_errors: true }
    - { command: "touch '{{ root }}/b'", ignore_errors: true }
`.trim(),
      {
        onEvent: (event) => {
          // A file stands where the run's folder would be.
          if (event.event === 'run_started') writeFileSync(join(journals, event.run), '');
        },
      },
    );
    expect(readdirSync(fleet.root(1))).toEqual([]);
    expect(ended.tasks()).toMatchObject([
      {
        status: 'ignored',
        message: `nothing was changed, since its undo could not be kept on the host (write ${fleet.root(1)}/a)`,
        detail: expect.stringContaining('the journal of this change could not be written'),
      },
      { status: 'ignored', message: 'nothing was run, since its journal could not be kept on the host' },
    ]);
  });

  test('a fault of fettle itself is one host’s result, with what to report', async () => {
    const ended = await fleet.run('- hosts: all\n  tasks:\n    - { command: "true" }\n', {
      watch: {
        before: ({ host }) => {
          if (host === 'h2') throw new TypeError('a bug');
        },
      },
    });
    expect(ended.host('h2').status).toBe('failed');
    expect(ended.tasks('h2').at(-1)).toMatchObject({ next: expect.stringContaining('please report it') });
    expect(ended.host('h1').status).toBe('changed');
  });
});

describe.runIf(canMount)('a host without room (needs root, who may mount)', () => {
  let unmount: () => void;
  beforeEach(async () => {
    fleet = await localFleet(2);
    unmount = mountSmall(fleet.root(2), 64);
  });
  afterEach(() => unmount());

  test('says so with the next step, keeps the old file, and the others finish', async () => {
    writeFileSync(join(fleet.root(2), 'a'), 'old\n');
    const big = join(fleet.folder, 'big');
    writeFileSync(big, 'x'.repeat(200_000));
    const ended = await fleet.run(
      `- hosts: all\n  tasks:\n    - copy: { dest: "{{ root }}/a", src: "${big}" }\n    - copy: { dest: "{{ root }}/b", content: b }\n`,
    );
    expect(ended.host('h1')).toMatchObject({ status: 'changed', counts: { changed: 2 } });
    expect(ended.tasks('h2')).toMatchObject([
      {
        status: 'failed',
        message: expect.stringMatching(/^could not .*: exit status 1$/),
        detail: expect.stringMatching(/No space left/),
        next: 'make room on that file system (df -h; df -i), then run again',
      },
    ]);
    expect(ended.exit).toBe(2);
    expect(readFileSync(join(fleet.root(2), 'a'), 'utf8')).toBe('old\n');
    expect(readdirSync(fleet.root(2))).toEqual(['a']);
  });
});
