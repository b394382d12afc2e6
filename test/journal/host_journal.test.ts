import fc from 'fast-check';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Change, noted } from '../../engine/contract/change.ts';
import {
  entryFolder,
  isUnjournalled,
  journalled,
  journalledRun,
  progressOf,
  undoing,
} from '../../engine/journal/host_journal.ts';
import { lines, type Script, sh } from '../../engine/shell/script.ts';
import { canCountForks, scratch, shells } from '../facts/look.ts';
import { act } from './act.ts';

const root = scratch();
let folders = 0;
const fresh = (): string => {
  const folder = join(root, `${(folders += 1)}`);
  mkdirSync(folder);
  return folder;
};

/** A change that writes into a file, whose old content is saved. */
function writing(path: string, text: string, more: Partial<Change> = {}): Change {
  return {
    what: `write ${path}`,
    diff: { before: null, after: text },
    touches: [`path:${path}`],
    saves: [path],
    apply: sh`printf %s ${text} >${path}`,
    undo: lines([
      sh`rm -f -- ${path}`,
      sh`for s in "$FETTLE_SAVE/0"; do if [ -e "$s" ] || [ -L "$s" ]; then cp -a -- "$s" ${path}; fi; done`,
    ]),
    ...more,
  };
}

const numbered = (changes: readonly Change[]) =>
  changes.map((change, index) => ({ number: index + 1, change }));

describe.each(shells)('an entry on %s', (shell) => {
  test('holds copies, the undo script and the progress, closed to others', () => {
    const folder = fresh();
    const entry = join(folder, 'entry', '0001');
    writeFileSync(join(folder, 'a'), 'old', { mode: 0o640 });
    const made = act(
      shell,
      journalled(
        sh`${entry}`,
        'run 1, host h',
        numbered([writing(join(folder, 'a'), 'new'), writing(join(folder, 'b'), 'new')]),
      ),
    );
    expect(made).toEqual({ code: 0, stdout: '1 0\n2 0\n', stderr: '' });
    expect(readdirSync(entry).toSorted()).toEqual(['1', '2', 'progress', 'undo']);
    expect(readFileSync(join(entry, '1', '0'), 'utf8')).toBe('old');
    expect(statSync(join(entry, '1', '0')).mode & 0o777).toBe(0o640);
    expect(readFileSync(join(entry, 'progress'), 'utf8')).toMatch(
      /^process \d+ \d+ [0-9a-f-]{36}\n1 started\n1 0\n2 started\n2 0\n$/,
    );
    for (const path of [join(folder, 'entry'), entry]) expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(entry, 'undo')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(entry, 'undo'), 'utf8')).toMatch(/^#!\/bin\/sh\n# run 1, host h\n/);
  });

  test.each([
    ['a change', (folder: Script, change: Change) => journalled(folder, 'h', numbered([change]))],
    ['a command', (folder: Script, change: Change) => journalledRun(folder, 'h', { number: 1, change })],
  ])('keeps what %s notes while it is made, for its undo', (_title, journal) => {
    const folder = fresh();
    const entry = join(folder, 'entry');
    const change: Change = {
      what: 'make what is not known before',
      diff: { before: null, after: null },
      touches: '*',
      apply: lines([sh`mkdir -p "$FETTLE_SAVE"`, sh`: >${folder}/made-$$; echo made-$$ >${noted('made')}`]),
      undo: sh`read -r made <${noted('made')} && rm -- ${folder}/"$made"`,
    };
    expect(act(shell, journal(sh`${entry}`, change)).code).toBe(0);
    expect(readdirSync(folder)).toHaveLength(2);
    expect(act(shell, undoing(sh`${entry}`, [1])).code).toBe(0);
    expect(readdirSync(folder)).toEqual(['entry']);
  });

  test('stops at the first change that fails, which keeps its exit status', () => {
    const folder = fresh();
    const failing = writing(join(folder, 'b'), 'x', { apply: sh`echo why >&2; exit 7` });
    const changes = [writing(join(folder, 'a'), 'x'), failing, writing(join(folder, 'c'), 'x')];
    const made = act(shell, journalled(sh`${join(folder, 'entry')}`, 'h', numbered(changes)));
    expect(made).toEqual({ code: 7, stdout: '1 0\n2 7\n', stderr: 'why\n' });
    expect(readdirSync(folder).toSorted()).toEqual(['a', 'entry']);
  });

  test('cannot be written: nothing is changed, and the end says so', () => {
    const folder = fresh();
    writeFileSync(join(folder, 'file'), '');
    const made = act(
      shell,
      journalled(sh`${join(folder, 'file', 'entry')}`, 'h', numbered([writing(join(folder, 'a'), 'x')])),
    );
    expect(isUnjournalled({ code: made.code, stderr: Buffer.from(made.stderr) })).toBe(true);
    expect(existsSync(join(folder, 'a'))).toBe(false);
    const ran = act(
      shell,
      journalledRun(sh`${join(folder, 'file', 'entry')}`, 'h', {
        number: 1,
        change: writing(join(folder, 'a'), 'x'),
      }),
    );
    expect(isUnjournalled({ code: ran.code, stderr: Buffer.from(ran.stderr) })).toBe(true);
    expect(existsSync(join(folder, 'a'))).toBe(false);
  });

  test('a copy that cannot be made keeps the change from being made', () => {
    const folder = fresh();
    const entry = join(folder, 'entry');
    // A file stands where the folder of the copies would be.
    mkdirSync(entry);
    writeFileSync(join(entry, '1'), '');
    writeFileSync(join(folder, 'a'), 'old');
    const made = act(shell, journalled(sh`${entry}`, 'h', numbered([writing(join(folder, 'a'), 'new')])));
    expect(isUnjournalled({ code: made.code, stderr: Buffer.from(made.stderr) })).toBe(true);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('old');
  });

  test.runIf(process.getuid?.() === 0)('copies that fill the disk go again (needs root)', () => {
    const folder = fresh();
    writeFileSync(join(folder, 'a'), Buffer.alloc(200_000, 'x'));
    mkdirSync(join(folder, 'small'));
    const entry = join(folder, 'small/entry');
    const mounted = `PATH=/usr/bin:/bin; mount -t tmpfs -o size=100k none ${folder}/small; "$@"; s=$?; ls ${entry} >${folder}/left; exit $s`;
    const script = journalled(sh`${entry}`, 'h', numbered([writing(join(folder, 'a'), 'new')]));
    const made = act(shell, script, {}, ['/usr/bin/unshare', '-m', '/bin/sh', '-c', mounted, 'sh']);
    expect(isUnjournalled({ code: made.code, stderr: Buffer.from(made.stderr) })).toBe(true);
    expect(made.stderr).toContain('No space left on device');
    expect(readFileSync(join(folder, 'left'), 'utf8')).toBe('');
    expect(statSync(join(folder, 'a')).size).toBe(200_000);
  });

  test('a change works with the umask that it would have had', () => {
    const folder = fresh();
    const change = writing(join(folder, 'a'), 'x', { saves: [] });
    act(shell, lines([sh`umask 027`, journalled(sh`${join(folder, 'entry')}`, 'h', numbered([change]))]));
    expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o640);
  });

  test("a command's output and exit status are its own", () => {
    const folder = fresh();
    const change = { what: 'run', apply: sh`umask; echo out; echo err >&2; exit 3`, undo: sh`echo undone` };
    const ran = act(
      shell,
      lines([sh`umask 027`, journalledRun(sh`${join(folder, 'entry')}`, 'h', { number: 1, change })]),
    );
    expect(ran).toEqual({ code: 3, stdout: '0027\nout\n', stderr: 'err\n' });
    expect(readFileSync(join(folder, 'entry', 'progress'), 'utf8')).toMatch(/^process .*\n1 started\n1 3\n$/);
  });

  test('is taken back, last change first, one of it or all; how far it came can be read', () => {
    const folder = fresh();
    const entry = sh`${join(folder, 'entry')}`;
    const log = join(folder, 'log');
    const change = (n: number) =>
      writing(log, `${n}`, { saves: [], undo: sh`printf %s ${`-${n}`} >>${log}` });
    const progress = (number: number) => act(shell, progressOf(entry, number)).stdout.trim();
    expect(progress(1)).toBe('absent');
    act(shell, journalled(entry, 'h', numbered([change(1), change(2), change(3)])));
    expect([1, 2, 3, 4].map(progress)).toEqual(['begun', 'begun', 'begun', 'absent']);
    expect(act(shell, undoing(entry, [1, 3]))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(log, 'utf8')).toBe('3-3-1');
    expect([1, 2, 3].map(progress)).toEqual(['undone', 'begun', 'undone']);
    act(shell, sh`sh ${join(folder, 'entry', 'undo')}`);
    expect(readFileSync(log, 'utf8')).toBe('3-3-1-3-2-1');
  });

  test('that it is still being made can be read, also where only what it started is left', () => {
    const folder = fresh();
    const entry = sh`${join(folder, 'entry')}`;
    const telling = { what: 'tell', apply: progressOf(entry, 1), undo: sh`:` };
    const told = act(shell, journalled(entry, 'h', [{ number: 1, change: telling }]));
    expect(told).toEqual({ code: 0, stdout: '1 0\n', stderr: 'running\n' });
    expect(act(shell, progressOf(entry, 1)).stdout).toBe('begun\n');

    const left = sh`${join(folder, 'left')}`;
    const change = {
      what: 'end',
      apply: sh`sleep 60 >/dev/null 2>&1 & echo $! >${left}; kill -9 $$`,
      undo: sh`:`,
    };
    // A process session of its own, as the engine gives it.
    act(shell, journalled(entry, 'h', [{ number: 1, change }]), {}, ['/usr/bin/setsid', '-w']);
    const rest = Number(readFileSync(join(folder, 'left'), 'utf8'));
    try {
      expect(act(shell, progressOf(entry, 1)).stdout).toBe('running\n');
    } finally {
      process.kill(rest, 'SIGKILL');
    }
    expect(act(shell, progressOf(entry, 1)).stdout).toBe('begun\n');
  });

  test('what cannot be taken back says why', () => {
    const folder = fresh();
    const entry = sh`${join(folder, 'entry')}`;
    const change = writing(join(folder, 'a'), 'x', { undo: { impossible: "it's gone; $(touch pwned)" } });
    act(shell, journalled(entry, 'h', numbered([change])));
    expect(act(shell, undoing(entry, [1]))).toEqual({
      code: 1,
      stdout: '',
      stderr: "cannot be taken back: it's gone; $(touch pwned)\n",
    });
  });

  test('an entry that is not there cannot be taken back', () => {
    const folder = join(fresh(), 'entry');
    expect(act(shell, undoing(sh`${folder}`, [1]))).toMatchObject({
      stderr: `there is no undo script in ${folder}\n`,
    });
  });

  test('hostile names and contents are kept and given back', { timeout: 60_000 }, () => {
    const name = fc
      .oneof(
        fc.constantFrom(
          '-rf',
          '$(touch pwned)',
          '`touch pwned`',
          "a'b",
          'a"b',
          'a\nb',
          ' ',
          '*',
          '\\',
          'EOF',
          '\u202e',
          'é',
          "';:'",
          '%s',
          '#',
        ),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
      )
      .filter(
        (text) => !/[\0/]/.test(text) && text !== '.' && text !== '..' && Buffer.byteLength(text) <= 200,
      );
    const content = fc.string({ unit: 'binary', maxLength: 200 }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(name, content, content, fc.boolean(), (file, old, now, isLink) => {
        const folder = fresh();
        const path = join(folder, file);
        if (isLink) symlinkSync(`to ${file}`, path);
        else writeFileSync(path, old);
        const change = writing(
          path,
          now,
          isLink ? { apply: sh`rm -f -- ${path} && printf %s ${now} >${path}` } : {},
        );
        const entry = join(folder, 'the entry');
        const header = `run ${file}, host ${file}`;
        const made = act(
          shell,
          journalled(sh`${entry}`, header, numbered([{ ...change, what: `write ${file}` }])),
        );
        expect(made).toEqual({ code: 0, stdout: '1 0\n', stderr: '' });
        expect(readFileSync(path, 'utf8')).toBe(now);
        expect(act(shell, undoing(sh`${entry}`, [1]))).toEqual({ code: 0, stdout: '', stderr: '' });
        expect(lstatSync(path).isSymbolicLink()).toBe(isLink);
        if (!isLink) expect(readFileSync(path, 'utf8')).toBe(old);
        expect(readdirSync(folder).toSorted()).toEqual([file, 'the entry'].toSorted());
      }),
      { numRuns: 12 },
    );
    expect(existsSync('pwned')).toBe(false);
  });
});

describe('where an entry lies', () => {
  test.each([
    ['for root', true, {}, '/var/lib/fettle/RUN/0001'],
    ['for a user', false, { HOME: root }, `${root}/.local/state/fettle/RUN/0001`],
    [
      'for a user with a state folder',
      false,
      { HOME: root, XDG_STATE_HOME: `${root}/s t` },
      `${root}/s t/fettle/RUN/0001`,
    ],
    [
      'for a user without a home',
      false,
      { HOME: '/no/such/home' },
      `/var/tmp/fettle-${process.getuid?.()}/RUN/0001`,
    ],
    ['for a user without HOME', false, {}, `/var/tmp/fettle-${process.getuid?.()}/RUN/0001`],
  ])('%s', (_who, isRoot, environment, folder) => {
    const { stdout } = act('dash', sh`echo ${entryFolder('RUN', '0001', isRoot)}`, environment);
    expect(stdout).toBe(`${folder}\n`);
  });
});

describe.runIf(canCountForks)('the order of writing (needs strace)', () => {
  test('copies and undo script are on disk before the change begins', () => {
    const folder = fresh();
    const [entry, target] = [join(folder, 'entry'), join(folder, 'a')];
    writeFileSync(target, 'old');
    const trace = join(folder, 'trace');
    const through = [
      'strace',
      '-f',
      '-qq',
      '-y',
      '-e',
      'trace=openat,fsync,fdatasync,sync,syncfs',
      '-o',
      trace,
    ];
    act('dash', journalled(sh`${entry}`, 'h', numbered([writing(target, 'new')])), {}, through);
    const rows = readFileSync(trace, 'utf8').split('\n');
    const at = (pattern: RegExp): number => {
      const found = rows.findIndex((row) => pattern.test(row));
      expect(found, String(pattern)).toBeGreaterThan(-1);
      return found;
    };
    const order = [
      at(/openat\(.*entry\/1\/0".*O_WRONLY/),
      at(/openat\(.*entry\/undo".*O_WRONLY/),
      at(/f(data)?sync\(\d+<.*entry\/undo>/),
      at(new RegExp(`openat\\(.*"${target}".*O_WRONLY`)),
    ];
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(at(/f(data)?sync\(\d+<.*entry\/1\/0>/)).toBeLessThan(order[3] as number);
  });
});
