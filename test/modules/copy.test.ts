import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import { sha256 } from '../../engine/contract/digest.ts';
import type { LocalFile, LocalFolder } from '../../engine/contract/schema.ts';
import { copy } from '../../engine/modules/copy.ts';
import type { CopyArgs } from '../../engine/modules/copy/arguments.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { keepsTheLaws, leftovers, makeHere, probeHere, snapshot } from './harness.ts';

const root = scratch();
const source = scratch();

function localFile(name: string, bytes: Buffer, mode = '0640'): LocalFile {
  writeFileSync(`${source}/${name}`, bytes);
  const known = bytes.length <= 1024 * 1024 ? { bytes } : {};
  return {
    kind: 'file',
    path: `${source}/${name}`,
    size: bytes.length,
    sha256: sha256(bytes),
    mode,
    ...known,
  };
}

describe.each(shells)('copy on %s', (shell) => {
  const at = `${root}/${shell}`;
  const obey = (args: Omit<CopyArgs, 'dest'> & { dest?: string }) =>
    keepsTheLaws(shell, copy, { dest: `${at}/file`, ...args }, at);

  test('a new file', () => {
    emptied(at);
    expect(obey({ content: 'x' })).toMatchObject([
      { what: `write ${at}/file`, diff: { before: null, after: 'x' }, touches: [`path:${at}/file`] },
    ]);
    obey({ content: 'x', mode: '0755' });
    obey({ content: 'x', mode: 'u=rw,go=' });
    obey({ content: new Secret('x') });
    obey({ content: 'x', owner: 'daemon', group: 'sys', mode: '4750' });
    obey({ content: 'x', owner: 'daemon' });
  });

  test('modes of new files do not hang on the umask', () => {
    emptied(at);
    const made = makeHere(shell, plan({ dest: `${at}/plain`, content: 'x' }));
    made.forget();
    makeHere(shell, plan({ dest: `${at}/secret`, content: new Secret('x') })).forget();
    makeHere(shell, plan({ dest: `${at}/owned`, content: 'x', owner: 'daemon' })).forget();
    const modes = ['plain', 'secret', 'owned'].map((name) =>
      (statSync(`${at}/${name}`).mode & 0o777).toString(8),
    );
    expect(modes).toEqual(['644', '600', '644']);
  });

  test('another content; owner and mode stay', () => {
    emptied(at);
    writeFileSync(`${at}/file`, 'old');
    chmodSync(`${at}/file`, 0o4710);
    expect(obey({ content: 'new' })).toMatchObject([
      { what: `replace ${at}/file`, diff: { before: 'old', after: 'new' }, saves: [`${at}/file`] },
    ]);
    expect(obey({ content: 'new', mode: '0600', owner: 'daemon' })).toMatchObject([
      { what: `replace ${at}/file, owner root → daemon, mode 4710 → 0600` },
    ]);
    makeHere(shell, plan({ dest: `${at}/file`, content: 'new' })).forget();
    expect(lstatSync(`${at}/file`).mode & 0o7777).toBe(0o4710);
    expect(plan({ dest: `${at}/file`, content: 'new' })).toEqual([]);
  });

  test('only the mode', () => {
    emptied(at);
    writeFileSync(`${at}/file`, 'x');
    chmodSync(`${at}/file`, 0o644);
    expect(obey({ content: 'x', mode: '0600' })).toMatchObject([{ what: `${at}/file: mode 0644 → 0600` }]);
    expect(obey({ content: 'x', mode: 'u=rw,go=r' })).toEqual([]);
    expect(obey({ content: 'y', force: false, mode: '0600' })).toEqual([]);
  });

  test('through a link, or in its place', () => {
    emptied(at);
    writeFileSync(`${at}/real`, 'old');
    symlinkSync('real', `${at}/file`);
    obey({ content: 'new' });
    obey({ content: 'old', mode: '0600' });
    obey({ content: 'new', follow: false });
    mkdirSync(`${at}/folder/linked`, { recursive: true });
    // A link to a directory within a directory would take the file in; one to itself cannot be looked through.
    symlinkSync('linked', `${at}/folder/src`);
    const src = localFile('src', Buffer.from('new'));
    obey({ src, dest: `${at}/folder`, follow: false });
    const made = makeHere(shell, plan({ src, dest: `${at}/folder`, follow: false }));
    made.forget();
    expect(readFileSync(`${at}/folder/src`, 'utf8')).toBe('new');
    symlinkSync('self', `${at}/self`);
    obey({ content: 'new', dest: `${at}/self`, follow: false });
    makeHere(shell, plan({ dest: `${at}/file`, content: 'new' })).forget();
    expect([lstatSync(`${at}/file`).isSymbolicLink(), readFileSync(`${at}/real`, 'utf8')]).toEqual([
      true,
      'new',
    ]);
  });

  test('hard links are refused, kept or parted', () => {
    emptied(at);
    writeFileSync(`${at}/file`, 'old');
    linkSync(`${at}/file`, `${at}/twin`);
    expect(() => plan({ dest: `${at}/file`, content: 'new' })).toThrow('has 2 names');
    obey({ content: 'new', links: 'break' });
    emptied(at);
    writeFileSync(`${at}/file`, 'old');
    linkSync(`${at}/file`, `${at}/twin`);
    obey({ content: 'new', links: 'keep', mode: '0600', backup: true });
    makeHere(shell, plan({ dest: `${at}/file`, content: 'new', links: 'keep' })).forget();
    expect(readFileSync(`${at}/twin`, 'utf8')).toBe('new');
  });

  test('a backup, gone again with an undo', () => {
    emptied(at);
    writeFileSync(`${at}/file`, 'old');
    obey({ content: 'new', backup: true });
    makeHere(shell, plan({ dest: `${at}/file`, content: 'new', backup: true })).forget();
    expect(readFileSync(`${at}/file.${sha256('old').slice(0, 8)}~`, 'utf8')).toBe('old');
  });

  test('a file that its program refuses is not put into place', () => {
    emptied(at);
    writeFileSync(`${at}/file`, 'old');
    const start = snapshot(at);
    const refused = makeHere(shell, plan({ dest: `${at}/file`, content: 'bad', validate: 'grep good %s' }));
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('refused by: grep good %s');
    expect([snapshot(at), leftovers(at)]).toEqual([start, []]);
    refused.forget();
    obey({ content: 'good', validate: 'test -s %s && grep -q good %s # %s' });
  });

  test('files of any size from the controller', () => {
    emptied(at);
    mkdirSync(`${at}/folder`);
    obey({ src: localFile('small', Buffer.from('x\0y')), mode: 'preserve' });
    obey({ src: localFile('large', Buffer.alloc(3 * 1024 * 1024, 'y')) });
    const into = obey({ dest: `${at}/folder`, src: localFile('small', Buffer.from('x')) });
    expect(into[0]?.what).toBe(`write ${at}/folder/small`);
    const made = obey({
      dest: `${at}/a/b/`,
      src: localFile('small', Buffer.from('x')),
      directory_mode: '0700',
    });
    expect(made.map((change) => change.what)).toEqual([
      `make directories ${at}/a, ${at}/a/b`,
      `write ${at}/a/b/small`,
    ]);
  });

  test('a folder', () => {
    emptied(at);
    const folder: LocalFolder = {
      kind: 'folder',
      path: `${source}/tree`,
      contents: false,
      entries: [
        { kind: 'file', name: 'top', file: localFile('top', Buffer.from('1')) },
        { kind: 'folder', name: 'sub', mode: '0755' },
        { kind: 'file', name: 'sub/deep', file: localFile('deep', Buffer.from('2')) },
        { kind: 'link', name: 'sub/link', target: '../top' },
      ],
    };
    obey({ dest: `${at}/new/place`, src: folder, mode: '0600' });
    mkdirSync(`${at}/there/tree/sub`, { recursive: true });
    writeFileSync(`${at}/there/tree/top`, 'other');
    symlinkSync('elsewhere', `${at}/there/tree/sub/link`);
    expect(obey({ dest: `${at}/there`, src: folder }).map((change) => change.what)).toEqual([
      `replace ${at}/there/tree/top`,
      `write ${at}/there/tree/sub/deep`,
      `link ${at}/there/tree/sub/link: elsewhere → ../top`,
    ]);
    obey({ dest: `${at}/there`, src: { ...folder, contents: true } });
  });

  test('a file of the host', () => {
    emptied(at);
    writeFileSync(`${at}/from`, 'x');
    chmodSync(`${at}/from`, 0o751);
    obey({ src: `${at}/from`, remote_src: true, mode: 'preserve' });
    writeFileSync(`${at}/file`, 'other');
    obey({ src: `${at}/from`, remote_src: true });
    writeFileSync(`${at}/large`, Buffer.alloc(2 * 1024 * 1024));
    obey({ src: `${at}/large`, remote_src: true });
    expect(() => plan({ dest: `${at}/file`, src: `${at}/none`, remote_src: true })).toThrow(CannotPlan);
  });

  test('what cannot be', () => {
    emptied(at);
    mkdirSync(`${at}/dir`);
    symlinkSync('nowhere', `${at}/dangling`);
    const why = (args: CopyArgs) => {
      try {
        return plan(args).map((change) => change.what);
      } catch (error) {
        if (error instanceof CannotPlan)
          return [error.message.replaceAll(at, ''), error.missing?.replace(at, '')];
        throw error;
      }
    };
    expect(why({ dest: `${at}/none/x`, content: '' })).toEqual([
      'the directory /none does not exist',
      'path:/none',
    ]);
    expect(why({ dest: `${at}/dir`, content: '' })[0]).toContain('/dir is a directory');
    expect(why({ dest: `${at}/dangling`, content: '' })[0]).toContain('a link to nowhere');
    expect(why({ dest: `${at}/x`, content: '', checksum: '0'.repeat(64) })[0]).toContain('SHA-256');
  });

  test('whatever the name and the content, they are data', () => {
    fc.assert(
      fc.property(hostileName, hostileText, hostileText, (name, old, text) => {
        emptied(at);
        obey({ dest: `${at}/${name}`, content: text, mode: '0640' });
        writeFileSync(`${at}/${name}`, old);
        obey({ dest: `${at}/${name}`, content: text, backup: true, validate: 'test -e %s' });
      }),
      { numRuns: 8 },
    );
  });

  function plan(args: CopyArgs) {
    return copy.plan(args, probeHere(shell, copy.probe(args)));
  }
});

test('a secret is never shown', () => {
  const args: CopyArgs = { dest: '/x', content: new Secret('s3cret') };
  const probe = copy.probe(args);
  const answers = probe.questions.map(({ fact }) =>
    fact.name === 'path'
      ? { kind: 'file', mode: '0600', uid: 0, gid: 0, owner: 'root', group: 'root', size: 3, links: 1 }
      : { kind: 'text', bytes: Buffer.from('old s3cret') },
  );
  const changes = copy.plan(args, probe.assemble(answers));
  const { predicts: _unshown, sends: _sent, ...shown } = changes[0] ?? {};
  expect(JSON.stringify(shown)).not.toContain('s3cret');
  expect(changes[0]?.diff.before).toBeInstanceOf(Secret);
});

const hostileText = fc.oneof(
  fc.constantFrom(
    '',
    '\n',
    "it's",
    '$(touch x)',
    '`id`',
    '"',
    '\\',
    'ünï\r\n',
    '-n',
    'x'.repeat(1024 * 1024),
  ),
  fc.string({ maxLength: 50, unit: 'grapheme' }),
);
const hostileName = fc.oneof(
  fc.constantFrom(
    '-rf',
    '--',
    '$(id)',
    "a'b",
    'a"b',
    'a\nb',
    ' ',
    '*',
    '\\',
    'ünï',
    '~',
    'n'.repeat(250),
    '%s',
  ),
  fc
    .string({ minLength: 1, maxLength: 30, unit: 'grapheme' })
    .filter((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..'),
);
