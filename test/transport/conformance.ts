import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../engine/shell/secret.ts';
import type { Session } from '../../engine/transport/transport.ts';
import type { WireOptions } from '../../engine/transport/wire.ts';
import { act, ask, login, look, told, using } from './frames.ts';
import { hasShell, shells } from './shells.ts';

/** Opens a session to this machine with a shell. */
export type Open = (shell: string, options?: Pick<WireOptions, 'stall' | 'cap'>) => Promise<Session>;

/** Scripts that would break a simpler way of framing, and what each must come to. */
const hostile: readonly (readonly [string, string, (code: number) => boolean])[] = [
  ['a syntax error', 'echo a\n)', (code) => code > 0 && code < 128],
  ['an open quote', 'echo "a', (code) => code > 0 && code < 128],
  ['an open substitution', 'echo $(a', (code) => code > 0 && code < 128],
  ['an open heredoc', 'cat <<EOF\nx', () => true],
  ['a trailing backslash', 'true \\', () => true],
  ['kill $$', 'kill $$', (code) => code === 143],
  ['kill -9 $$', 'kill -9 $$', (code) => code === 137],
  ['kill -INT $$', 'kill -INT $$', (code) => code === 130],
  ['kill 0', 'kill 0', (code) => code === 143],
  ['kill 0 on exit', 'trap "kill 0" EXIT; true', () => true],
  ['exit 255', 'exit 255', (code) => code === 255],
  ['closed streams', 'exec >&- 2>&-; exit 7', (code) => code === 7],
  ['reading its input', 'cat; read -r x; exit 5', (code) => code === 5],
  ['an empty script', '', (code) => code === 0],
];

/** What every transport must pass, on every shell. */
export function conformance(name: string, open: Open): void {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fettle-conformance-'));
    // The login user may be another than the one that runs the tests.
    chmodSync(folder, 0o777);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  for (const [label, command] of shells)
    describe.runIf(hasShell(command))(`${name}, ${label}`, () => {
      test.concurrent('a look: streams apart, status, umask 077, plain locale, nothing on its input, no folder', async () => {
        await using(await open(command), async (session) => {
          const shell = await session.shell(login);
          const results = await shell.send([
            look('printf out; printf err >&2; exit 3'),
            look('umask; echo "$LC_ALL"; cat; echo "${_F-none}"'),
            look('exit 255'),
            look('echo ")'),
          ]);
          expect(results.slice(0, 3).map(told)).toEqual([
            { out: 'out', err: 'err', code: 3 },
            { out: expect.stringMatching(/^0*77\nC\nnone\n$/), err: '', code: 0 },
            { out: '', err: '', code: 255 },
          ]);
          expect(results[3]?.code).toBeGreaterThan(0);
          expect(session.sends).toBe(1);
        });
      });

      test.concurrent('5 MB of random bytes out and 0.9 MB in, as look and as act, with imitated markers among them', async () => {
        const big = Buffer.concat([randomBytes(5_000_000), Buffer.from(`${'0'.repeat(32)}.1>0 0\n`)]);
        const file = join(folder, `big-${label.replace(' ', '-')}`);
        writeFileSync(file, big);
        const long = 'x'.repeat(900_000);
        const staged = [
          { name: 'in', data: randomBytes(900_000) },
          { name: 'small', data: Buffer.from(Array.from({ length: 512 }, (_, at) => at & 255)) },
        ];
        await using(await open(command), async (session) => {
          const shell = await session.shell(login);
          const results = await shell.send([
            look(`cat ${file}`),
            look(`echo ${long}`),
            act(`cat "$FETTLE_STAGE/small"; cat >&2 # ${long}`, { staged, stdin: 'in' }),
            act(`cat ${file}; cat ${file} >&2`),
          ]);
          expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
          expect(results[0]?.stdout.equals(big)).toBe(true);
          expect(results[1]?.stdout.equals(Buffer.from(`${long}\n`))).toBe(true);
          expect(results[2]?.stdout.equals(staged[1]?.data ?? big)).toBe(true);
          expect(results[2]?.stderr.equals(staged[0]?.data ?? big)).toBe(true);
          expect(results[3]?.stdout.equals(big) && results[3].stderr.equals(big)).toBe(true);
        });
      });

      test.concurrent('a file of the controller beyond 8 MiB streams to the disk and is gone afterwards', async () => {
        const file = join(folder, `large-${label.replace(' ', '-')}`);
        const bytes = randomBytes(9_000_000);
        writeFileSync(file, bytes);
        await using(await open(command), async (session) => {
          const shell = await session.shell(login);
          const data = { path: file, size: bytes.length };
          const copy = `${file}.copy`;
          const script = `cp "$FETTLE_STAGE/x" ${copy}; readlink "$FETTLE_STAGE/x"`;
          const { out, code } = await ask(shell, act(script, { staged: [{ name: 'x', data }] }));
          expect(code).toBe(0);
          expect(readFileSync(copy).equals(bytes)).toBe(true);
          await shell.send([look(':')]);
          expect(existsSync(out.trim())).toBe(false);
        });
      });

      test.concurrent('hostile scripts end for themselves only', async () => {
        await using(await open(command), async (session) => {
          const shell = await session.shell(login);
          const frames = hostile.flatMap(([, script]) => [act(script), act('echo still here')]);
          const results = await shell.send(frames);
          hostile.forEach(([what, , fits], index) => {
            expect(fits(results[2 * index]?.code ?? NaN), `${what}: ${results[2 * index]?.code}`).toBe(true);
            expect(results[2 * index + 1]?.stdout.toString(), `after ${what}`).toBe('still here\n');
          });
        });
      });

      test.concurrent('a daemon that keeps its streams neither blocks nor writes into later frames', async () => {
        await using(await open(command), async (session) => {
          const shell = await session.shell(login);
          const results = await shell.send([
            act('(sleep 0.2; echo late; echo late >&2; sleep 0.3; echo late) & echo started'),
            act('sleep 0.4; echo second'),
            look('sleep 0.3; echo third'),
            act('echo fourth'),
          ]);
          expect(results.map(({ stdout, stderr }) => `${stdout}${stderr}`)).toEqual([
            'started\n',
            'second\n',
            'third\n',
            'fourth\n',
          ]);
        });
      });

      test.concurrent('a time limit ends the whole process session, TERM first', async () => {
        await using(await open(command), async (session) => {
          const shell = await session.shell(login);
          const mark = `7${Math.floor(Math.random() * 1e6)}`;
          const script = `sleep ${mark}1 & (trap '' TERM; sleep ${mark}2) & trap 'echo bye; exit 9' TERM; sleep ${mark}3 & wait`;
          const [result, after] = await shell.send([act(script, { timeout: 1 }), look('echo next')]);
          expect(result).toMatchObject({ timedOut: true, code: 9 });
          expect(result?.stdout.toString()).toBe('bye\n');
          expect(after?.stdout.toString()).toBe('next\n');
          const left = await ask(shell, look(`cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '`));
          expect(new RegExp(`sleep ${mark}[123]`).test(left.out)).toBe(false);
        });
      });

      test.concurrent('a clock goes when it is asked to, as by a host that shuts down, and the script goes on', async () => {
        await using(await open(command), async (session) => {
          const shell = await session.shell(login);
          // The clock is the shell's other child, and has one that sleeps.
          const script = [
            'of() { for f in /proc/[0-9]*; do read -r l <"$f/stat" || continue; p=$1; set -- ${l##*") "}; [ "$2" = "$p" ] && echo "${f#/proc/}"; set -- "$p"; done 2>/dev/null; }',
            'k=; for c in $(of "$PPID"); do [ "$c" = $$ ] || k="$k $c $(of "$c")"; done; kill -s TERM $k; n=0',
            'for p in $k; do while read -r l <"/proc/$p/stat"; do',
            'case ${l##*") "} in Z*) break;; esac; n=$((n+1)); [ "$n" -lt 100 ] || exit 3; sleep 0.1',
            'done 2>/dev/null; done; echo gone',
          ].join('\n');
          const [result, after] = await shell.send([act(script), act('echo next')]);
          expect(result).toMatchObject({ timedOut: false, code: 0 });
          expect(`${result?.stdout}${after?.stdout}`).toBe('gone\nnext\n');
        });
      });

      test.concurrent('umask, locale and signals are the login’s; environment and input come as given', async () => {
        await using(await open(command), async (session) => {
          const shell = await session.shell(login);
          const environment = { A: `a'b"c\\ $x\nä`, LC_TEST: new Secret('geheim'), PATH: '/nowhere' };
          const [first, second, third] = await shell.send([
            act('umask; echo "${LC_ALL-unset}"; grep SigIgn /proc/self/status'),
            act('printf %s "$A$LC_TEST$PATH" 2>/dev/null || /usr/bin/printf %s "$A$LC_TEST$PATH"', {
              environment,
            }),
            act('echo "${A-unset}"; cat', {
              staged: [{ name: 'i n', data: new Secret('sécret\n') }],
              stdin: 'i n',
            }),
          ]);
          const umask = Number.parseInt((first?.stdout.toString() ?? '').split('\n')[0] ?? '', 8);
          expect(umask).toBe(process.umask());
          expect(first?.stdout.toString().split('\n')[1]).toBe(process.env['LC_ALL'] || 'unset');
          const ignored = BigInt(`0x${first?.stdout.toString().split(/\s+/).at(-2)}`);
          expect(ignored & 0b110n, 'SIGINT and SIGQUIT are not ignored').toBe(0n);
          expect(second?.stdout.toString()).toBe(`a'b"c\\ $x\näge` + 'heim/nowhere');
          expect(third?.stdout.toString()).toBe('unset\nsécret\n');
        });
      });

      test.concurrent('a secret is in no argument list and in no file that stays', async () => {
        await using(await open(command), async (session) => {
          const shell = await session.shell(login);
          const secret = `s3cr3t${randomBytes(8).toString('hex')}`;
          const spy = `cat /proc/[0-9]*/cmdline 2>/dev/null; ls -ld "$FETTLE_STAGE" "$FETTLE_STAGE"/* >&2`;
          const given = {
            staged: [{ name: 'p', data: new Secret(secret) }],
            stdin: 'p',
            environment: { X: new Secret(secret) },
          };
          const [, seen] = await shell.send([act('cat >/dev/null', given), act(spy, given)]);
          expect(seen?.stdout.includes(secret)).toBe(false);
          expect(seen?.stderr.toString()).toMatch(/^drwx------.*\n-rw------- .*p\n$/);
          const [place] = await shell.send([look('echo "$_F"; grep -rl s3cr3t "$_F"; ls "$_F"')]);
          const [line, ...files] = place?.stdout.toString().trim().split('\n') ?? [];
          expect(line).toMatch(/^\/(run|dev\/shm|tmp).*\/?fettle\.[0-9a-f]{32}$/);
          expect(
            files.every((name) => /^[eopstu]\d*$/.test(name)),
            files.join(' '),
          ).toBe(true);
          await session.close();
          expect(existsSync(line ?? '')).toBe(false);
        });
      });

      test.concurrent('more output than the cap is cut on the host', async () => {
        await using(await open(command, { cap: 1000 }), async (session) => {
          const shell = await session.shell(login);
          const many = 'i=0; while [ $i -lt 300 ]; do echo 0123456789; i=$((i+1)); done';
          const results = await shell.send([act(many), act(`${many} >&2`), act('echo few')]);
          expect(
            results.map(({ stdout, stderr, truncated }) => [stdout.length, stderr.length, truncated]),
          ).toEqual([
            [1000, 0, true],
            [0, 1000, true],
            [4, 0, false],
          ]);
        });
      });

      test.concurrent('a look that hangs is named, and the next shell is a new one', async () => {
        await using(await open(command, { stall: 1 }), async (session) => {
          const shell = await session.shell(login);
          await expect(shell.send([look(':'), look('sleep 30', 'the mount points')])).rejects.toMatchObject({
            kind: 'unreachable',
            message: expect.stringContaining('the mount points'),
          });
          await expect(shell.send([look('echo again')])).rejects.toMatchObject({ kind: 'unreachable' });
          expect(await ask(await session.shell(login), look('echo again'))).toMatchObject({ out: 'again\n' });
        });
      });

      test.concurrent('a script that kills the shell itself gets a clear error, and the next shell works', async () => {
        await using(await open(command), async (session) => {
          const shell = await session.shell(login);
          const [place] = await shell.send([act('echo "${0%/*}"')]);
          const made = place?.stdout.toString().trim() ?? '';
          await expect(shell.send([act('kill -9 $PPID; sleep 9', { timeout: 1 })])).rejects.toMatchObject({
            kind: 'unreachable',
            message: expect.stringMatching(/ended \(signal KILL\) during “an act”/),
          });
          await until(() => !existsSync(made));
          expect(await ask(await session.shell(login), look('echo again'))).toMatchObject({ out: 'again\n' });
        });
      });

      test.concurrent('a script outlives the controller, and what waited behind it is not begun', async () => {
        const file = join(folder, `outlived-${label.replace(' ', '-')}`);
        const session = await open(command);
        const shell = await session.shell(login);
        const sending = shell.send([
          act(`echo begun >${file}; sleep 1; echo "$FETTLE_STAGE"; echo done >>${file}`, {
            staged: [{ name: 'x', data: Buffer.from('x') }],
          }),
          act(`echo second >>${file}`),
        ]);
        sending.catch(() => undefined);
        await until(() => existsSync(file));
        await session.close();
        await until(() => readFileSync(file, 'utf8').includes('done'));
        await new Promise((resolve) => setTimeout(resolve, 300));
        expect(readFileSync(file, 'utf8')).toBe('begun\ndone\n');
      });
    });
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !holds(); tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect(holds()).toBe(true);
}
