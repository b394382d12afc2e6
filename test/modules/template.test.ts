import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { template, type TemplateArgs } from '../../engine/modules/template.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { keepsTheLaws, makeHere, probeHere } from './harness.ts';

const root = scratch();

function rendered(text: string | Secret): TemplateArgs['src'] {
  return { path: '/play/templates/motd.j2', text, mode: '0750' };
}

describe.each(shells)('template on %s', (shell) => {
  const at = `${root}/${shell}`;
  const obey = (args: Omit<TemplateArgs, 'dest'> & { readonly dest?: string }) =>
    keepsTheLaws(shell, template, { dest: `${at}/x`, ...args }, at).map(({ what }) =>
      what.replaceAll(at, ''),
    );

  test.each<[string, Omit<TemplateArgs, 'dest' | 'src'>, string, readonly string[]]>([
    ['one\n', {}, 'one\n', ['write /x']],
    ['one\ntwo', { mode: '0600' }, 'one\ntwo', ['write /x']],
    ['a\nb\r\nc', { newline_sequence: '\r\n' }, 'a\r\nb\r\nc', ['write /x']],
    ['a\r\nb\r', { newline_sequence: '\n' }, 'a\nb\n', ['write /x']],
    ['a\r\nb\n', {}, 'a\r\nb\n', ['write /x']],
  ])('%j with %j is written', (text, options, expected, what) => {
    emptied(at);
    const args = { src: rendered(text), dest: `${at}/x`, ...options };
    expect(obey(args)).toEqual(what);
    makeHere(shell, template.plan(args, probeHere(shell, template.probe(args)))).forget();
    expect(readFileSync(`${at}/x`, 'utf8')).toBe(expected);
  });

  test('only what differs is changed', () => {
    emptied(at);
    writeFileSync(`${at}/x`, 'one\n', { mode: 0o644 });
    expect(obey({ src: rendered('one\n') })).toEqual([]);
    expect(obey({ src: rendered('one\n'), mode: 'preserve' })).toEqual(['/x: mode 0644 → 0750']);
    expect(obey({ src: rendered('two\n'), backup: true, validate: 'grep -q two %s' })).toEqual([
      'replace /x',
    ]);
    expect(obey({ src: rendered('two\n'), force: false })).toEqual([]);
  });

  test('into a directory, under the name of the template', () => {
    emptied(at);
    mkdirSync(`${at}/d`);
    expect(obey({ src: rendered('x'), dest: `${at}/d` })).toEqual(['write /d/motd.j2']);
    expect(obey({ src: rendered('x'), dest: `${at}/new/er/` })).toEqual([
      'make directories /new, /new/er',
      'write /new/er/motd.j2',
    ]);
  });

  test('a link is followed, or replaced', () => {
    emptied(at);
    writeFileSync(`${at}/real`, 'old');
    symlinkSync('real', `${at}/x`);
    expect(obey({ src: rendered('x') })).toEqual(['replace /x']);
    obey({ src: rendered('x'), follow: false });
  });

  test('a secret in it is neither shown nor readable for others', () => {
    emptied(at);
    writeFileSync(`${at}/other`, '');
    const args = {
      src: rendered(new Secret('key=s3cret\n')),
      dest: `${at}/x`,
      newline_sequence: '\r\n' as const,
    };
    const changes = template.plan(args, probeHere(shell, template.probe(args)));
    const shown = changes.map(({ predicts: _predicted, sends: _sent, ...rest }) => rest);
    expect(JSON.stringify(shown)).not.toContain('s3cret');
    makeHere(shell, changes).forget();
    expect(readFileSync(`${at}/x`, 'utf8')).toBe('key=s3cret\r\n');
    expect(statSync(`${at}/x`).mode & 0o777).toBe(0o600);
  });
});

test('the register tells where it was put', () => {
  const args = { src: rendered('x'), dest: '/etc/' };
  const state = { dest: {}, place: { path: '/etc/motd.j2' } };
  expect(template.result?.(args, state as never)).toEqual({ dest: '/etc/motd.j2' });
});
