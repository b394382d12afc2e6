import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../engine/contract/digest.ts';
import { stat, type StatArgs } from '../../engine/modules/stat.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { keepsTheLaws, probeHere } from './harness.ts';

const root = scratch();

describe.each(shells)('stat on %s', (shell) => {
  const at = `${root}/${shell}`;
  const told = (args: StatArgs) => {
    expect(keepsTheLaws(shell, stat, args, at)).toEqual([]);
    return stat.result?.(args, probeHere(shell, stat.probe(args)))['stat'];
  };

  test('tells what is there', () => {
    emptied(at);
    writeFileSync(`${at}/file`, 'hello');
    chmodSync(`${at}/file`, 0o4711);
    symlinkSync('file', `${at}/link`);
    symlinkSync('none', `${at}/dangling`);
    mkdirSync(`${at}/dir`);
    expect(told({ path: `${at}/file`, get_checksum: true })).toMatchObject({
      exists: true,
      isreg: true,
      isdir: false,
      islnk: false,
      mode: '4711',
      size: 5,
      uid: 0,
      gid: 0,
      pw_name: 'root',
      gr_name: 'root',
      checksum: sha256('hello'),
    });
    expect(told({ path: `${at}/file` })).not.toHaveProperty('checksum');
    expect(told({ path: `${at}/dir/`, get_checksum: true })).toMatchObject({ exists: true, isdir: true });
    expect(told({ path: `${at}/link` })).toMatchObject({
      islnk: true,
      lnk_target: 'file',
      lnk_source: `${at}/file`,
    });
    expect(told({ path: `${at}/link`, follow: true })).toMatchObject({
      islnk: false,
      isreg: true,
      mode: '4711',
    });
    expect(told({ path: `${at}/dangling` })).toMatchObject({ exists: true, islnk: true, lnk_target: 'none' });
    expect(told({ path: `${at}/dangling`, follow: true })).toEqual({ exists: false });
    expect(told({ path: `${at}/none` })).toEqual({ exists: false });
  });

  test('the checksum of a long file', () => {
    emptied(at);
    const long = Buffer.alloc(2 * 1024 * 1024, 'x');
    writeFileSync(`${at}/long`, long);
    expect(told({ path: `${at}/long`, get_checksum: true })).toMatchObject({ checksum: sha256(long) });
  });
});
