import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../engine/contract/digest.ts';
import type { LocalCommand } from '../../engine/contract/schema.ts';
import { script, type ScriptArgs } from '../../engine/modules/script.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { emptied, scratch, shellCommand, shellEnvironment, shells } from '../facts/look.ts';
import { canEnterRoots } from '../facts/root.ts';
import { actHere } from './act.ts';

const root = scratch();

function local(text: string | Buffer, words: readonly string[] = [], name = 'it.sh'): LocalCommand {
  const path = `${root}/${name}`;
  const bytes = Buffer.from(text);
  writeFileSync(path, bytes);
  return {
    file: { kind: 'file', path, size: bytes.length, sha256: sha256(bytes), mode: '0644', bytes },
    words,
  };
}

describe.each(shells)('script on %s', (shell) => {
  const at = `${root}/${shell}`;
  const run = (cmd: LocalCommand, more: Partial<ScriptArgs> = {}, environment = {}) =>
    actHere(shell, script, { cmd, ...more }, environment);

  test('its arguments, its output, its status', () => {
    const cmd = local('#!/bin/sh\nprintf "<%s>" "$@"; cat; exit 3\n', ['a b', '', '-n', "'$(id)'"]);
    expect(run(cmd, { stdin: 'in', chdir: '/' })).toEqual({
      changed: true,
      failed: 'exit status 3',
      values: {
        rc: 3,
        cmd: [`${root}/it.sh`, 'a b', '', '-n', "'$(id)'"],
        stdout: "<a b><><-n><'$(id)'>in",
        stderr: '',
        stdout_lines: ["<a b><><-n><'$(id)'>in"],
        stderr_lines: [],
      },
    });
  });

  test.each<[first: string, rest: string, stdout: string]>([
    ['#!/bin/sh -e', 'false\necho not', ''],
    ['#! \t/bin/sh\t -f \t', 'echo /*', '/*'],
    ['#!/usr/bin/env sh', 'echo "$1"', 'one'],
    ['#!/bin/bash', 'a=(1 2); echo "${a[1]}"', '2'],
    ['# no program is named', 'echo "$1"', 'one'],
    ['echo first; # ünï', 'echo second', 'first\nsecond'],
    ['#!', 'echo "$1"', 'one'],
    ['#!/bin/cat', 'itself', '#!/bin/cat\nitself\n'],
  ])('%s', (first, rest, stdout) => {
    const path = shellEnvironment(shell)['PATH'] ?? '';
    const words = first === '#!/bin/cat' ? [] : ['one'];
    expect(run(local(`${first}\n${rest}\n`, words), {}, { PATH: path })).toMatchObject({
      values: { stdout: stdout.trimEnd() },
    });
  });

  test('a program of the user’s choice', () => {
    expect(run(local('echo $0 "$1"', ['x']), { executable: '/bin/bash' })).toMatchObject({
      values: { stdout: expect.stringMatching(/^\/.*\/1\.0 x$/) },
    });
    expect(run(local('x'), { executable: '/no/such' })).toMatchObject({
      failed: expect.stringMatching(/^\/no\/such is not on the host/),
    });
  });

  test('a compiled program', () => {
    copyFileSync('/bin/true', `${root}/true`);
    const bytes = readFileSync('/bin/true');
    expect(run(local(bytes, [], 'true'))).toMatchObject({ values: { rc: 0, stdout: '', stderr: '' } });
    expect(run(local(readFileSync('/bin/echo'), ['a b'], 'echo'))).toMatchObject({
      values: { stdout: 'a b', stderr: '' },
    });
  });

  test.each([
    ['#!/no/such/program -x', 'its interpreter /no/such/program is not on the host'],
    ['#!/bin/sh\r', 'its first line ends in a carriage return: give it the line ends of Unix'],
    ['#!/bin/sh\nexit 127', 'exit status 127'],
    ['#!/bin/sh\nexit 126', 'exit status 126'],
  ])('why it fails: %j', (text, failed) => {
    expect(run(local(`${text}\n`))).toMatchObject({ failed });
  });

  test('is skipped where there is nothing to do', () => {
    emptied(at);
    mkdirSync(`${at}/there`);
    const cmd = local('#!/bin/sh\n: >made\n');
    expect(run(cmd, { chdir: at, creates: 'there' })).toEqual({ skipped: 'there exists' });
    expect(run(cmd, { chdir: at, removes: 'none' })).toEqual({ skipped: 'none does not exist' });
    expect(run(cmd, { chdir: at, creates: 'made' })).toMatchObject({ values: { rc: 0 } });
    expect(run(cmd, { chdir: at, creates: 'made' })).toEqual({ skipped: 'made exists' });
  });

  test.runIf(canEnterRoots)('a folder that is mounted noexec (needs root)', () => {
    const { script: text } = script.run(some, { host: 'h' });
    const inNoexec = (bytes: string | Buffer) => {
      const folder = emptied(`${root}/mounted`);
      const within =
        'mount -t tmpfs -o noexec none "$1" && cat >"$1/1.0" && chmod 600 "$1/1.0" && FETTLE_IN=$1/1. && export FETTLE_IN && shift && exec "$@"';
      const file = `${root}/start`;
      writeFileSync(file, text.text);
      const [program, ...words] = shellCommand(shell);
      return spawnSync('unshare', ['-m', 'sh', '-c', within, 'sh', folder, program, ...words, file], {
        input: bytes,
        encoding: 'utf8',
      });
    };
    expect(inNoexec('#!/bin/sh\necho "$0"\n')).toMatchObject({ stdout: `${root}/mounted/1.0\n`, status: 0 });
    const refused = inNoexec(readFileSync('/bin/true'));
    const { failed } = script.run(some, { host: 'h' }).result({
      code: refused.status ?? 0,
      stdout: Buffer.alloc(0),
      stderr: Buffer.from(refused.stderr),
      timedOut: false,
    });
    expect(failed).toMatch(/^it is a compiled program, .* mounted noexec/);
  });
});

const some = {
  cmd: { file: { kind: 'file', path: '/x', size: 1, sha256: '', mode: '0755' }, words: [] },
} satisfies ScriptArgs;

test('what cannot be run', () => {
  const refuse = (args: ScriptArgs) => () => script.run(args, { host: 'h' });
  const { file } = some.cmd;
  expect(refuse({ cmd: { file: { ...file, size: 0 }, words: [] } })).toThrow('is empty');
  expect(refuse({ cmd: { file, words: ['a\0'] } })).toThrow('NUL');
  expect(refuse({ ...some, undo: new Secret('s3cret') })).toThrow('holds a secret');
  expect(script.run({ ...some, undo: 'rm x' }, { host: 'h' })).toMatchObject({
    what: 'run /x',
    sends: [{ kind: 'file', path: '/x', size: 1 }],
    touches: '*',
    undo: { text: "/bin/sh -c 'rm x'" },
  });
  expect(script.reads({ ...some, reads: true })).toBe(true);
});

test('its mode on the controller does not matter', () => {
  const cmd = local('#!/bin/sh\necho ran\n');
  chmodSync(cmd.file.path, 0o400);
  expect(actHere('dash', script, { cmd })).toMatchObject({ values: { stdout: 'ran' } });
});
