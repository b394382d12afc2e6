import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Change } from '../../engine/contract/change.ts';
import type { Module } from '../../engine/contract/module.ts';
import { blockinfile } from '../../engine/modules/blockinfile.ts';
import { copy } from '../../engine/modules/copy.ts';
import { file } from '../../engine/modules/file.ts';
import { iniFile } from '../../engine/modules/ini_file.ts';
import { lineinfile } from '../../engine/modules/lineinfile.ts';
import { properties } from '../../engine/modules/properties.ts';
import { replace } from '../../engine/modules/replace.ts';
import { template } from '../../engine/modules/template.ts';
import { unarchive } from '../../engine/modules/unarchive.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { makeHere, probeHere, snapshot } from './harness.ts';

const root = scratch();
const locked = new Set<string>();

/** Sets or takes one attribute of ext4, xfs or btrfs; says whether it could. */
function chattr(change: '+i' | '-i' | '+a' | '-a', path: string): boolean {
  if (change.startsWith('+')) locked.add(`-${change[1]} ${path}`);
  else locked.delete(`${change} ${path}`);
  return spawnSync('chattr', [change, path]).status === 0;
}

// Nobody could remove the test's own folder else.
afterEach(() => {
  for (const one of [...locked]) chattr(one.slice(0, 2) as '-i', one.slice(3));
});

const trial = `${root}/trial`;
writeFileSync(trial, '');
const canLock = chattr('+i', trial) && chattr('-i', trial);
const why = canLock ? '' : ' (not run: needs root, and a file system with attributes)';

/** Each would change `DIR/file`, which says `[s]`, `a = 1`. */
const changes: readonly (readonly [
  string,
  (shell: (typeof shells)[number], dir: string) => readonly Change[],
])[] = [
  ['copy', planned(copy, (path) => ({ dest: path, content: 'new\n' }))],
  ['copy with backup', planned(copy, (path) => ({ dest: path, content: 'new\n', backup: true }))],
  [
    'copy with another mode',
    planned(copy, (path) => ({ dest: path, content: '[s]\na = 1\n', mode: '0600' })),
  ],
  [
    'template',
    planned(template, (path) => ({
      src: { path: '/play/templates/file.j2', text: 'new\n', mode: '0644' },
      dest: path,
    })),
  ],
  ['lineinfile', planned(lineinfile, (path) => ({ path, line: 'b = 2' }))],
  ['blockinfile', planned(blockinfile, (path) => ({ path, block: 'b = 2' }))],
  ['replace', planned(replace, (path) => ({ path, regexp: 'a', replace: 'b' }))],
  ['ini_file', planned(iniFile, (path) => ({ path, section: 's', option: 'a', value: '2' }))],
  ['properties', planned(properties, (path) => ({ path, key: 'a', value: '2' }))],
  ['file, the mode', planned(file, (path) => ({ path, mode: '0600' }))],
  ['file, absent', planned(file, (path) => ({ path, state: 'absent' as const }))],
  ['file, the owner', planned(file, (path) => ({ path, owner: 'daemon' }))],
];

function planned<Args, State>(module: Module<Args, State>, args: (path: string) => Args) {
  return (shell: (typeof shells)[number], dir: string) => {
    const given = args(`${dir}/file`);
    return module.plan(given, probeHere(shell, module.probe(given)));
  };
}

describe.runIf(canLock)(`what chattr has locked${why}`, () => {
  describe.each(shells)('on %s', (shell) => {
    const dir = `${root}/${shell}`;
    const path = `${dir}/file`;
    /** Debian's busybox has no lsattr. */
    const canTell = shell !== 'busybox';
    const prepare = () => {
      emptied(dir);
      writeFileSync(path, '[s]\na = 1\n');
    };

    test.each(changes)('%s: an immutable file is refused, and nothing is half done', (_name, plan) => {
      prepare();
      const before = snapshot(dir);
      const made = plan(shell, dir);
      chattr('+i', path);
      const refused = makeHere(shell, made);
      refused.forget();
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toContain(
        canTell
          ? `${path} is immutable (lsattr -d shows i), so that not even root may change it: if that is not meant, chattr -i takes it away`
          : `${path} cannot be written to: it may be immutable (lsattr -d shows i, chattr -i takes it away; both are of e2fsprogs)`,
      );
      chattr('-i', path);
      expect(snapshot(dir)).toEqual(before);
    });

    test('a file that only grows, and one in an immutable folder', () => {
      const plan = planned(copy, (at) => ({ dest: at, content: 'new\n' }));
      prepare();
      chattr('+a', path);
      const growing = makeHere(shell, plan(shell, dir));
      growing.forget();
      chattr('-a', path);
      expect(growing.code).not.toBe(0);
      if (canTell) expect(growing.stderr).toContain(`${path} may only be appended to (lsattr -d shows a)`);
      for (const isThere of [true, false]) {
        emptied(dir);
        if (isThere) writeFileSync(path, 'old\n');
        chattr('+i', dir);
        const made = makeHere(shell, plan(shell, dir));
        made.forget();
        chattr('-i', dir);
        expect(made.code).not.toBe(0);
        if (canTell) expect(made.stderr).toContain(`${dir} is immutable (lsattr -d shows i)`);
      }
    });

    test('nothing new can be made in an immutable folder', () => {
      for (const args of [
        { path: `${dir}/sub/deep`, state: 'directory' as const },
        { path: `${dir}/link`, state: 'link' as const, src: '/' },
      ]) {
        emptied(dir);
        chattr('+i', dir);
        const made = makeHere(shell, planned(file, () => args)(shell, dir));
        made.forget();
        chattr('-i', dir);
        expect(made.code).not.toBe(0);
        if (canTell) expect(made.stderr).toContain(`${dir} is immutable (lsattr -d shows i)`);
      }
    });

    test('an archive is not unpacked by half', () => {
      emptied(dir);
      const archive = `${root}/${shell}.tar`;
      mkdirSync(`${dir}/from`);
      for (const name of ['a', 'b', 'c']) writeFileSync(`${dir}/from/${name}`, 'newer');
      spawnSync('tar', ['-cf', archive, '-C', `${dir}/from`, '.']);
      emptied(dir);
      for (const name of ['a', 'b']) writeFileSync(`${dir}/${name}`, 'old');
      const before = snapshot(dir);
      const args = { src: archive, dest: dir, remote_src: true };
      const plan = unarchive.plan(args, probeHere(shell, unarchive.probe(args)));
      chattr('+i', `${dir}/b`);
      const made = makeHere(shell, plan);
      made.forget();
      chattr('-i', `${dir}/b`);
      expect(made.code).not.toBe(0);
      if (!canTell) return;
      expect(made.stderr).toContain(`${dir}/b is immutable or may only be appended to`);
      expect(snapshot(dir)).toEqual(before);
    });

    test('an undo over an immutable file says so and leaves what there is', () => {
      for (const isNew of [true, false]) {
        emptied(dir);
        if (!isNew) writeFileSync(path, 'old\n');
        const plan = planned(copy, (at) => ({ dest: at, content: 'new\n' }));
        const made = makeHere(shell, plan(shell, dir));
        expect(made.code).toBe(0);
        chattr('+i', path);
        const undone = made.undo();
        chattr('-i', path);
        expect(undone.code).not.toBe(0);
        expect(undone.stderr).toMatch(/chattr -i takes it away/);
        expect(readFileSync(path, 'utf8')).toBe('new\n');
      }
    });

    test('a folder in which one is locked is not emptied by half, nor changed below', () => {
      const remove = planned(file, () => ({ path: `${dir}/tree`, state: 'absent' as const }));
      const recurse = planned(file, () => ({ path: `${dir}/tree`, recurse: true, mode: 'go=' }));
      for (const letter of ['i', 'a'] as const) {
        prepare();
        mkdirSync(`${dir}/tree/sub`, { recursive: true });
        for (const name of ['a', 'sub/fixed', 'sub/z', 'z']) writeFileSync(`${dir}/tree/${name}`, name);
        chmodSync(`${dir}/tree/a`, 0o4711);
        chownSync(`${dir}/tree/a`, 1, 2);
        const before = snapshot(dir);
        const made = remove(shell, dir);
        chattr(`+${letter}`, `${dir}/tree/sub/fixed`);
        if (canTell) {
          const why = `${dir}/tree/sub/fixed ${letter === 'i' ? 'is immutable' : 'may only be appended to'}`;
          expect(() => remove(shell, dir)).toThrow(why);
          expect(() => recurse(shell, dir)).toThrow(why);
        }
        // It was locked after the plan, or the host cannot tell.
        const refused = makeHere(shell, made);
        refused.forget();
        chattr(`-${letter}`, `${dir}/tree/sub/fixed`);
        expect(refused.code).not.toBe(0);
        expect(refused.stderr).toContain(`${dir}/tree/sub/fixed`);
        expect(refused.stderr).toContain(`what had gone of ${dir}/tree was put back`);
        expect(snapshot(dir)).toEqual(before);
      }
    });

    test('an owner that is refused for another reason is not blamed on an attribute', () => {
      prepare();
      mkdirSync(`${dir}/in`);
      const made = makeHere(
        shell,
        planned(copy, (at) => ({ dest: at, content: 'new\n', owner: 'daemon', validate: 'false %s' }))(
          shell,
          dir,
        ),
      );
      made.forget();
      expect(made.code).not.toBe(0);
      expect(made.stderr).not.toContain('lsattr');
      expect(statSync(path).uid).toBe(0);
    });
  });
});
