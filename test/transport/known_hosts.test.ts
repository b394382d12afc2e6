import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fingerprint, HostKeys, type HostKeyPolicy } from '../../engine/transport/host_key.ts';
import { KnownHosts, nameInKnownHosts, parseKnownHosts } from '../../engine/transport/known_hosts.ts';
import { makeKey } from './sshd.ts';

const canMakeKeys = existsSync('/usr/bin/ssh-keygen');

describe.runIf(canMakeKeys)('known_hosts (with ssh-keygen installed)', () => {
  let folder = '';
  const keys: Record<'a' | 'b' | 'c', string> = { a: '', b: '', c: '' };
  const file = (name: string): string => join(folder, name);
  const blob = (key: keyof typeof keys): Buffer => Buffer.from(keys[key].split(' ')[1] ?? '', 'base64');

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fettle-known-'));
    for (const [name, type] of [
      ['a', 'ed25519'],
      ['b', 'ecdsa'],
      ['c', 'ed25519'],
    ] as const) {
      makeKey(file(name), type);
      keys[name] = readFileSync(file(`${name}.pub`), 'utf8')
        .split(' ')
        .slice(0, 2)
        .join(' ');
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const sample = (): string =>
    [
      '# a comment',
      '',
      `plain.example,10.0.0.1 ${keys.a} with a comment`,
      `[port.example]:2222 ${keys.a}`,
      `*.wild.example,!not.wild.example,q?.example ${keys.b}`,
      `  indented.example\t${keys.a}`,
      `UPPER.example ${keys.a}`,
      `@revoked * ${keys.c}`,
      `@cert-authority *.ca.example ${keys.b}`,
      `@unknown plain.example ${keys.b}`,
      `broken.example ssh-ed25519 AAAAnonsense`,
      `short.example ssh-ed25519`,
      `twice.example ${keys.a}`,
      `twice.example ${keys.b}`,
      `2001:db8::1 ${keys.a}`,
      `plain.example, ${keys.b}`,
    ].join('\n');

  test('finds what ssh-keygen -F finds, plain and hashed', () => {
    const names = [
      'plain.example', '10.0.0.1', 'port.example', '[port.example]:2222', 'x.wild.example', 'not.wild.example',
      'wild.example', 'q1.example', 'q12.example', 'indented.example', 'upper.example', 'a.ca.example', 'short.example', 'twice.example', '2001:db8::1', 'nowhere.example', '',
    ].filter((name) => name !== ''); // biome-ignore format: a word list
    writeFileSync(file('plain'), `${sample()}\n`);
    const readable = sample()
      .split('\n')
      .filter((line) => !/^(broken|short|@unknown)/.test(line));
    writeFileSync(file('hashed'), `${readable.join('\n')}\n`);
    execFileSync('ssh-keygen', ['-H', '-f', file('hashed')], { stdio: 'pipe' });
    for (const path of [file('plain'), file('hashed')]) {
      const hosts = new KnownHosts([path]);
      for (const name of names) {
        const { stdout } = spawnSync('ssh-keygen', ['-F', name, '-f', path], { encoding: 'utf8' });
        const lines = [...stdout.matchAll(/^# Host .* found: line (\d+)/gm)].map((match) => Number(match[1]));
        const known = hosts.find(name);
        const found = [...known.keys, ...known.revoked, ...known.authorities].map(({ line }) => line);
        expect(
          found.sort((one, other) => one - other),
          `${name} in ${path}`,
        ).toEqual(lines);
      }
    }
  });

  test('tells revoked keys, authorities and plain keys apart', () => {
    const hosts = new KnownHosts([file('plain')]).find('a.ca.example');
    expect([hosts.keys.length, hosts.revoked.length, hosts.authorities.length]).toEqual([0, 1, 1]);
  });

  const policy = (host: string, more: Partial<HostKeyPolicy> = {}): HostKeyPolicy => ({
    who: host,
    host,
    port: 22,
    alias: undefined,
    files: [file('plain')],
    systemFiles: [],
    acceptNew: false,
    ...more,
  });

  test('a known key passes; unknown, changed and revoked ones are refused with fingerprint and command', () => {
    const hostKeys = new HostKeys();
    expect(hostKeys.check(policy('plain.example'), blob('a'))).toBeNull();
    expect(hostKeys.check(policy('other', { alias: 'plain.example' }), blob('a'))).toBeNull();
    expect(hostKeys.check(policy('plain.example', { port: 2022 }), blob('a'))).toBeNull();
    expect(hostKeys.check(policy('new.example'), blob('a'))).toMatchObject({
      kind: 'unreachable',
      message: 'The host key of new.example is not known',
      detail: expect.stringContaining(fingerprint(blob('a'))),
      next: expect.stringContaining(`ssh-keyscan -p 22 -t ed25519 new.example >> ${file('plain')}`),
    });
    expect(hostKeys.check(policy('a.ca.example'), blob('a'))?.detail).toContain('@cert-authority');
    for (const acceptNew of [true, false])
      expect(hostKeys.check(policy('indented.example', { acceptNew }), blob('b'))).toMatchObject({
        message: expect.stringContaining('has changed'),
        detail: expect.stringContaining(`${file('plain')}:6`),
        next: expect.stringContaining('ssh-keygen -R indented.example'),
      });
    expect(hostKeys.check(policy('plain.example', { acceptNew: true }), blob('c'))?.message).toContain(
      'revoked',
    );
    expect(fingerprint(blob('a'))).toBe(
      execFileSync('ssh-keygen', ['-l', '-f', file('a.pub')], { encoding: 'utf8' }).split(' ')[1],
    );
  });

  test('an accepted key is appended and known from then on, to fettle and to ssh', () => {
    const files = [join(folder, 'new/known_hosts')];
    const hostKeys = new HostKeys();
    const fresh = policy('fresh.example', { port: 2200, files, acceptNew: true });
    expect(hostKeys.check(fresh, blob('a'))).toBeNull();
    expect(hostKeys.check({ ...fresh, acceptNew: false }, blob('a'))).toBeNull();
    expect(hostKeys.check(fresh, blob('b'))?.message).toContain('has changed');
    expect(readFileSync(files[0] ?? '', 'utf8')).toBe(`[fresh.example]:2200 ${keys.a}\n`);
    expect(hostKeys.knownTypes(fresh)).toEqual(['ssh-ed25519']);
    writeFileSync(file('unfinished'), `x.example ${keys.b}`);
    new HostKeys().check(policy('y.example', { files: [file('unfinished')], acceptNew: true }), blob('a'));
    expect(parseKnownHosts(readFileSync(file('unfinished'), 'utf8'), '').length).toBe(2);
  });

  test('names with a port stand in brackets', () => {
    expect([nameInKnownHosts('A.b', 22), nameInKnownHosts('A.b', 23)]).toEqual(['a.b', '[a.b]:23']);
  });
});
