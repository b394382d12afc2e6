import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import { slurp, type Slurped } from '../../engine/modules/slurp.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { keepsTheLaws, probeHere } from './harness.ts';

const root = scratch();
const any = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));

describe.each(shells)('slurp on %s', (shell) => {
  const at = `${root}/${shell}`;
  const told = (src: string) => {
    expect(keepsTheLaws(shell, slurp, { src }, at)).toEqual([]);
    return slurp.result?.({ src }, probeHere(shell, slurp.probe({ src })));
  };

  test('text and any bytes', () => {
    emptied(at);
    writeFileSync(`${at}/text`, 'grün\n');
    writeFileSync(`${at}/any`, any);
    writeFileSync(`${at}/none`, '');
    symlinkSync('text', `${at}/link`);
    expect(told(`${at}/text`)).toEqual({
      source: `${at}/text`,
      encoding: 'base64',
      content: 'Z3LDvG4K',
      text: 'grün\n',
    });
    expect(told(`${at}//link`)).toMatchObject({ source: `${at}//link`, text: 'grün\n' });
    expect(told(`${at}/any`)).toEqual({
      source: `${at}/any`,
      encoding: 'base64',
      content: any.toString('base64'),
    });
    expect(told(`${at}/none`)).toMatchObject({ content: '', text: '' });
  });

  test('files of /proc, and links to them', () => {
    emptied(at);
    symlinkSync('/proc/version', `${at}/link`);
    const text = readFileSync('/proc/version', 'utf8');
    expect(told('/proc/version')).toMatchObject({ text });
    expect(told(`${at}/link`)).toMatchObject({ text });
  });

  test('as long as it may be, and longer', () => {
    emptied(at);
    const longest = Buffer.alloc(16 * 1024 * 1024, any);
    writeFileSync(`${at}/long`, longest);
    expect(told(`${at}/long`)?.['content']).toBe(longest.toString('base64'));
    writeFileSync(`${at}/long`, 'x', { flag: 'a' });
    expect(() => told(`${at}/long`)).toThrow(`${at}/long has more than 16 MiB`);
  });

  test('what is not to be read', () => {
    emptied(at);
    mkdirSync(`${at}/folder`);
    spawnSync('mkfifo', [`${at}/fifo`]);
    expect(() => told(`${at}/folder`)).toThrow('is a directory, not a file');
    expect(() => told(`${at}/fifo`)).toThrow('is no regular file');
    expect(() => told(`${at}/a/b`)).toThrow(`there is no ${at}/a/b on the host`);
  });
});

test('an earlier step may bring what is missing', () => {
  const plan = (state: Slurped) => {
    try {
      return slurp.plan({ src: '/etc//x' }, state);
    } catch (error) {
      return error instanceof CannotPlan ? error.missing : error;
    }
  };
  expect(plan({ kind: 'absent' })).toBe('path:/etc/x');
  expect(plan({ kind: 'unreadable' })).toBeUndefined();
});
