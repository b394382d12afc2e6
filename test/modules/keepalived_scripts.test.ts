import { chmodSync, existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { keepalivedScripts } from '../../engine/modules/keepalived_scripts.ts';
import type { ScriptsArgs } from '../../engine/modules/keepalived_scripts/arguments.ts';
import { bugsOf } from '../../engine/modules/keepalived_scripts/script_bugs.ts';
import { shells } from '../facts/look.ts';
import { installed } from '../hosts/lab_requirements.ts';
import { bugs } from './keepalived_scripts/bugs.ts';
import { keepsTheLaws, makeHere, probeHere } from './harness.ts';
import {
  type Configuration,
  parameters,
  security,
  several,
  simple,
} from './keepalived_scripts/configurations.ts';
import { type Ground, hasKeepalived, lay, soughtByKeepalived } from './keepalived_scripts/ground.ts';

const isRoot = process.getuid?.() === 0;
const traced = hasKeepalived && installed('strace');
const needs = isRoot ? '' : ' (not run: needs root)';

let ground: Ground | undefined;

afterEach(() => ground?.close());

function argsOf({ root }: Ground, args: Readonly<Record<string, unknown>> = {}): ScriptsArgs {
  const own = JSON.parse(JSON.stringify(args).replaceAll('ROOT', root)) as ScriptsArgs;
  return { config: `${root}/etc/keepalived.conf`, directory: `${root}/libexec`, ...own };
}

function expected({ files, after }: Configuration): Readonly<Record<string, string>> {
  return { ...files, ...after };
}

describe.runIf(isRoot)(`a configuration is rewritten byte for byte${needs}`, () => {
  test.each([...simple, ...parameters, ...several, ...security])('$title', (one) => {
    ground = lay(one.files, one.scripts);
    const args = argsOf(ground, one.args);
    const state = probeHere('dash', keepalivedScripts.probe(args));
    const changes = keepalivedScripts.plan(args, state);
    const findings = (keepalivedScripts.result?.(args, state)['findings'] as readonly string[]).map(
      (finding) => finding.replaceAll(ground?.root ?? '', 'ROOT'),
    );
    for (const found of one.finds ?? []) expect(findings).toContainEqual(expect.stringMatching(found));
    const sought = traced ? soughtByKeepalived(ground) : [];

    const made = makeHere('dash', changes);
    try {
      expect(made.stderr).toBe('');
      const now = Object.keys(one.files).map((name) => [name, ground?.read(`etc/${name}`)]);
      expect(Object.fromEntries(now)).toEqual(expected(one));
      const after = probeHere('dash', keepalivedScripts.probe(args));
      expect(keepalivedScripts.plan(args, after).map(({ what }) => what)).toEqual([]);
      if (traced) expectSought(ground, sought, now.map(([, text]) => text).join(''));
      expect(made.undo()).toEqual({ code: 0, stderr: '' });
      const back = Object.keys(one.files).map((name) => [name, ground?.read(`etc/${name}`)]);
      expect(Object.fromEntries(back)).toEqual(one.files);
      expect(existsSync(join(ground.root, 'libexec'))).toBe('libexec/check.sh' in (one.scripts ?? {}));
    } finally {
      made.forget();
    }
  });
});

// The real keepalived looks for the same scripts as before, those that moved in the new place alone.
function expectSought(there: Ground, before: readonly string[], text: string): void {
  const after = soughtByKeepalived(there);
  const wanted = before.map((path) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const own = [`ROOT/libexec/${name}`, `ROOT/libexec/etc-${name}`, `ROOT/libexec/other-${name}`];
    return text.includes(path) ? [path, ...own] : own;
  });
  for (const own of wanted)
    expect(after).toEqual(expect.arrayContaining([own.find((path) => after.includes(path))]));
  for (const path of after) expect(wanted.flat()).toContain(path);
}

describe.runIf(isRoot)(`the laws${needs}`, () => {
  test.each(shells)('hold on %s', (shell) => {
    ground = lay({
      'keepalived.conf': 'include conf.d/*.conf\nvrrp_script a { script "ROOT/etc/check.sh x" }\n',
      'conf.d/b.conf': 'vrrp_script b { script "ROOT/other/check.sh" }\n',
    });
    const changes = keepsTheLaws(shell, keepalivedScripts, argsOf(ground, { keep_old: false }), ground.root);
    expect(changes.map(({ what }) => what.replaceAll(ground?.root ?? '', 'ROOT'))).toEqual([
      'make directory ROOT/libexec',
      'copy ROOT/other/check.sh to ROOT/libexec/check.sh',
      'copy ROOT/etc/check.sh to ROOT/libexec/etc-check.sh',
      'rewrite ROOT/etc/keepalived.conf',
      'rewrite ROOT/etc/conf.d/b.conf',
      'remove ROOT/other/check.sh (file)',
      'remove ROOT/etc/check.sh (file)',
    ]);
  });
});

describe.runIf(isRoot)(`what it does not do${needs}`, () => {
  const plan = (args: Readonly<Record<string, unknown>>) => {
    const own = argsOf(ground as Ground, args);
    return keepalivedScripts.plan(own, probeHere('dash', keepalivedScripts.probe(own)));
  };

  test('it refuses security where a script that stays would be dropped', () => {
    ground = lay({ 'keepalived.conf': 'vrrp_script a { script ROOT/other/check.sh }\n' });
    chmodSync(`${ground.root}/other`, 0o777);
    const args = { enable_script_security: true, except: ['ROOT/other/check.sh'] };
    expect(() => plan(args)).toThrow(/would drop .*\/other\/check.sh \(.*\/other\)/);
    expect(plan({ enable_script_security: true })).toHaveLength(3);
  });

  test('it refuses a directory that others may write where security is on', () => {
    ground = lay(
      {
        'keepalived.conf':
          'global_defs {\n enable_script_security\n script_user root\n}\nvrrp_script a { script ROOT/etc/check.sh }\n',
      },
      { 'libexec/other': '' },
    );
    chmodSync(`${ground.root}/libexec`, 0o775);
    expect(plan({})).toHaveLength(2);
    chmodSync(`${ground.root}/libexec`, 0o777);
    expect(() => plan({})).toThrow(/libexec is not root's alone/);
  });

  test.each([
    ['a user that is not there', { script_user: 'no_such_user' }, /there is no user no_such_user/],
    ['a configuration that is not there', { config: '/no/such' }, /there is no \/no\/such/],
  ])('%s is refused', (_title, args, says) => {
    ground = lay({ 'keepalived.conf': 'vrrp_script a { script ROOT/etc/check.sh }\n' });
    expect(() => plan(args)).toThrow(says);
  });

  test.runIf(hasKeepalived)(
    'what keepalived -t finds stops it before anything is in place (needs keepalived)',
    () => {
      const text = 'global_defs {\n  router_id x\n}\nvrrp_script a { script ROOT/etc/check.sh }\nbogus\n';
      ground = lay({ 'keepalived.conf': text });
      const made = makeHere('dash', plan({ script_user: 'root no_such_group' }));
      expect(made.code).not.toBe(0);
      expect(made.stderr).toMatch(
        /keepalived -t says of the new configuration:\n.*Error setting global script uid\/gid/,
      );
      expect(made.stderr).not.toContain('bogus');
      expect(ground.read('etc/keepalived.conf')).toBe(text);
      expect(made.undo().code).toBe(0);
    },
  );

  test('it only reports where it is told so', () => {
    ground = lay({ 'keepalived.conf': 'vrrp_script a { script ROOT/etc/check.sh }\n' });
    expect(plan({ report_only: true })).toEqual([]);
  });

  test('a link to the configuration stays a link, its file keeps owner and mode', () => {
    ground = lay({ 'real.conf': 'vrrp_script a { script ROOT/etc/check.sh }\n' });
    symlinkSync('real.conf', `${ground.root}/etc/keepalived.conf`);
    const made = makeHere('dash', plan({}));
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(ground.read('etc/real.conf')).toBe('vrrp_script a { script ROOT/libexec/check.sh }\n');
    expect(statSync(`${ground.root}/etc/real.conf`).mode & 0o777).toBe(0o640);
    made.forget();
  });

  test('its scripts are told with the pattern that means each alone', () => {
    ground = lay(
      {
        'keepalived.conf':
          'vrrp_script a { script ROOT/etc/a+b.sh }\nvrrp_script b { script "sh ROOT/etc/check.sh" }\nvrrp_script c { script /usr/bin/true }\nvrrp_script d { script ROOT/etc/a+b.sh }\n',
      },
      { 'etc/a+b.sh': '#!/bin/sh\nexit 0\n' },
    );
    const args = argsOf(ground);
    const { root } = ground;
    const told = keepalivedScripts.result?.(args, probeHere('dash', keepalivedScripts.probe(args)))[
      'scripts'
    ];
    expect(told).toEqual([
      { path: `${root}/etc/a+b.sh`, pattern: `${root}/etc/a\\+b\\.sh` },
      { path: `${root}/etc/check.sh`, pattern: `${root}/etc/check\\.sh` },
    ]);
  });

  test('its virtual addresses are told as this node has them', () => {
    const lines = (ip: string) => `{\n${ip}\n}\n`;
    ground = lay({
      'keepalived.conf': `$VIP=192.0.2.7/24\nvrrp_instance a {\nvirtual_ipaddress ${lines('$VIP dev eth0 # x\n  2001:db8::7\n@no_such_node 192.0.2.8')}include more.conf\n}\n`,
      'more.conf': `virtual_ipaddress_excluded { 192.0.2.9 }\nvirtual_routes ${lines('192.0.2.64/26 dev eth0')}`,
    });
    const args = argsOf(ground);
    const state = probeHere('dash', keepalivedScripts.probe(args));
    expect(keepalivedScripts.result?.(args, state)['addresses']).toEqual([
      '192.0.2.7',
      '2001:db8::7',
      '192.0.2.9',
    ]);
  });

  test('a file that may be executed is not read, as keepalived does, and that is said', () => {
    ground = lay({ 'keepalived.conf': 'include x.conf\n' });
    writeFileSync(`${ground.root}/etc/x.conf`, `vrrp_script a { script ${ground.root}/etc/check.sh }\n`, {
      mode: 0o755,
    });
    const args = argsOf(ground);
    const state = probeHere('dash', keepalivedScripts.probe(args));
    expect(keepalivedScripts.plan(args, state)).toEqual([]);
    expect(keepalivedScripts.result?.(args, state)['findings']).toContainEqual(
      expect.stringMatching(/x\.conf is not read: it may be executed/),
    );
  });
});

test.runIf(isRoot && hasKeepalived)(
  'a main file that may be executed is told, and left (needs keepalived)',
  () => {
    ground = lay({ 'keepalived.conf': 'vrrp_script a { script ROOT/etc/check.sh }\n' });
    chmodSync(`${ground.root}/etc/keepalived.conf`, 0o744);
    const args = argsOf(ground);
    const state = probeHere('dash', keepalivedScripts.probe(args));
    expect(keepalivedScripts.result?.(args, state)['findings']).toContainEqual(
      expect.stringMatching(/keepalived\.conf may be executed: .* no configuration at all/),
    );
    expect(() => keepalivedScripts.plan(args, state)).toThrow(/keepalived\.conf may be executed/);
  },
);

test.each(bugs)('%j', (text, { timeout, isCheck = true }, found) => {
  const followed = { kind: 'file', mode: '0755' } as Parameters<typeof bugsOf>[1];
  const said = bugsOf(Buffer.from(text, 'latin1'), followed, { isCheck, timeout });
  expect(said).toHaveLength(found.length);
  found.forEach((one, index) => expect(said[index]).toMatch(one));
});

test('a script that nobody may execute is told', () => {
  const followed = { kind: 'file', mode: '0644' } as Parameters<typeof bugsOf>[1];
  const said = bugsOf(Buffer.from('#!/bin/sh\nexit 0\n'), followed, { isCheck: true, timeout: 1 });
  expect(said).toEqual(['is not executable: keepalived does not run it where it is']);
});
