import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sshdConfig } from '../../engine/modules/sshd_config.ts';
import type { SshdConfigArgs } from '../../engine/modules/sshd_config/arguments.ts';
import { tryNewFile } from '../../engine/modules/sshd_config/scripts.ts';
import { emptied, scratch, shellCommand, shellEnvironment, shells } from '../facts/look.ts';
import { keepsTheLaws, makeHere, probeHere } from './harness.ts';
import { planned } from './package_states.ts';

const root = scratch();
const main = join(root, 'sshd_config');
const hasSshd =
  process.getuid?.() === 0 && existsSync('/usr/sbin/sshd') && existsSync('/etc/ssh/ssh_host_ed25519_key');

// Without it `sshd -T` says nothing; a server that was started once has made it.
if (hasSshd) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });

/** Files of a scratch folder; `/ROOT` in them is the folder. */
function furnish(files: Readonly<Record<string, string>>): void {
  emptied(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), text.replaceAll('/ROOT', root));
  }
}

type Files = Readonly<Record<string, string>>;
type Case = readonly [string, Files, SshdConfigArgs, Files];

const dropIns = 'Include /ROOT/sshd_config.d/*.conf\n';

const cases: readonly Case[] = [
  [
    'the value alone changes: blanks, spelling, comment and line ends stay',
    { sshd_config: '# head\r\n  PERMITrootLOGIN\t= yes  # why\r\nUsePAM no\r\n' },
    { option: 'PermitRootLogin', value: false },
    { sshd_config: '# head\r\n  PERMITrootLOGIN\t= no  # why\r\nUsePAM no\r\n' },
  ],
  [
    'a quoted value',
    { sshd_config: 'Banner "/etc/issue net"\n' },
    { option: 'banner', value: ['/etc/other issue'] },
    { sshd_config: 'Banner "/etc/other issue"\n' },
  ],
  [
    'only the first line counts, so the second stays',
    { sshd_config: 'MaxAuthTries 6\nMaxAuthTries 3\n' },
    { option: 'MaxAuthTries', value: 4 },
    { sshd_config: 'MaxAuthTries 4\nMaxAuthTries 3\n' },
  ],
  [
    'below its example, never behind a Match',
    {
      sshd_config:
        '#X11Forwarding no\n#PermitRootLogin yes\nUsePAM no\n\nMatch User a\n    PermitRootLogin yes\n',
    },
    { option: 'PermitRootLogin', value: 'no' },
    {
      sshd_config:
        '#X11Forwarding no\n#PermitRootLogin yes\nPermitRootLogin no\nUsePAM no\n\nMatch User a\n    PermitRootLogin yes\n',
    },
  ],
  [
    'below the last option where there is no example',
    { sshd_config: 'UsePAM no\n\n# users\nMatch User a\n\tX11Forwarding no' },
    { option: 'MaxSessions', value: 2 },
    { sshd_config: 'UsePAM no\nMaxSessions 2\n\n# users\nMatch User a\n\tX11Forwarding no\n' },
  ],
  [
    'nothing but a Match',
    { sshd_config: 'Match User a\n    X11Forwarding no\n' },
    { option: 'MaxSessions', value: 2 },
    { sshd_config: 'MaxSessions 2\nMatch User a\n    X11Forwarding no\n' },
  ],
  [
    'an empty file',
    { sshd_config: '' },
    { option: 'MaxSessions', value: 2 },
    { sshd_config: 'MaxSessions 2\n' },
  ],
  [
    'a Match block that is made',
    { sshd_config: 'UsePAM no\n' },
    { option: 'AllowTcpForwarding', value: 'no', match: 'User deploy' },
    { sshd_config: 'UsePAM no\n\nMatch User deploy\n    AllowTcpForwarding no\n' },
  ],
  [
    'a Match block that is there, however its criteria are written',
    {
      sshd_config: 'match USER deploy\n\tX11Forwarding no\n\n# next\nMatch User other\n\tX11Forwarding yes\n',
    },
    { option: 'AllowTcpForwarding', value: 'no', match: 'User deploy' },
    {
      sshd_config:
        'match USER deploy\n\tX11Forwarding no\n\tAllowTcpForwarding no\n\n# next\nMatch User other\n\tX11Forwarding yes\n',
    },
  ],
  [
    'lines that add up become the list',
    { sshd_config: 'Port 22\n# more\nPort 2222\nUsePAM no\n' },
    { option: 'Port', value: [22, 8022] },
    { sshd_config: 'Port 22\nPort 8022\n# more\nUsePAM no\n' },
  ],
  [
    'words that add up become one line',
    { sshd_config: 'AllowUsers a b\nUsePAM no\nAllowUsers c\n' },
    { option: 'AllowUsers', value: ['a', 'd'] },
    { sshd_config: 'AllowUsers a d\nUsePAM no\n' },
  ],
  [
    'a subsystem by its name',
    { sshd_config: 'Subsystem other /bin/false\nSubsystem\tsftp\t/usr/lib/openssh/sftp-server\n' },
    { option: 'Subsystem', value: 'sftp internal-sftp' },
    {
      sshd_config: 'Subsystem other /bin/false\nSubsystem\tsftp internal-sftp\n'.replace(
        '\tsftp i',
        '\tsftp i',
      ),
    },
  ],
  [
    'absent takes all its lines out',
    { sshd_config: 'MaxAuthTries 6\nUsePAM no\nmaxauthtries=3\nMatch User a\n  MaxAuthTries 1\n' },
    { option: 'MaxAuthTries', state: 'absent' },
    { sshd_config: 'UsePAM no\nMatch User a\n  MaxAuthTries 1\n' },
  ],
  [
    'a file that is included',
    { sshd_config: `${dropIns}UsePAM no\n`, 'sshd_config.d/50.conf': 'MaxSessions 3\n' },
    { option: 'MaxSessions', value: 4, path: '/ROOT/sshd_config.d/50.conf' },
    { sshd_config: `${dropIns}UsePAM no\n`, 'sshd_config.d/50.conf': 'MaxSessions 4\n' },
  ],
  [
    'a new file that will be included, with its folder',
    { sshd_config: `UsePAM no\n${dropIns}` },
    { option: 'MaxSessions', value: 4, path: '/ROOT/sshd_config.d/10.conf' },
    { sshd_config: `UsePAM no\n${dropIns}`, 'sshd_config.d/10.conf': 'MaxSessions 4\n' },
  ],
  [
    'what other files say already need not be said again',
    { sshd_config: `${dropIns}AcceptEnv LANG\n`, 'sshd_config.d/50.conf': 'AcceptEnv LC_*\n' },
    { option: 'AcceptEnv', value: ['LC_*', 'LANG', 'TZ'] },
    { sshd_config: `${dropIns}AcceptEnv LANG TZ\n`, 'sshd_config.d/50.conf': 'AcceptEnv LC_*\n' },
  ],
];

const inRoot = (args: SshdConfigArgs): SshdConfigArgs => ({
  ...args,
  path: (args.path ?? '/ROOT/sshd_config').replace('/ROOT', root),
});

describe.runIf(hasSshd).each(shells)('on %s (needs root, sshd and its host keys)', (shell) => {
  test.each(cases)('%s', (_title, before, args, after) => {
    furnish(before);
    const changes = keepsTheLaws(shell, sshdConfig, inRoot(args), root);
    expect(changes.length).toBeGreaterThan(0);
    const made = makeHere(shell, changes);
    made.forget();
    const found = Object.fromEntries(
      Object.keys(after).map((name) => [
        name,
        readFileSync(join(root, name), 'utf8').replaceAll(root, '/ROOT'),
      ]),
    );
    expect(found).toEqual(after);
  });
});

const plan = (args: SshdConfigArgs): unknown => {
  const whole = inRoot(args);
  const answer = planned(() => sshdConfig.plan(whole, probeHere('dash', sshdConfig.probe(whole))));
  return JSON.parse(JSON.stringify(answer).replaceAll(root, '/ROOT'));
};

const refusals: readonly (readonly [string, Files, SshdConfigArgs, unknown])[] = [
  [
    'another file sets it first',
    {
      sshd_config: `${dropIns}PermitRootLogin no\n`,
      'sshd_config.d/50-cloud.conf': '\nPermitRootLogin yes\n',
    },
    { option: 'PermitRootLogin', value: 'no' },
    {
      why: 'PermitRootLogin is set to "yes" by /ROOT/sshd_config.d/50-cloud.conf, line 2, which sshd reads first',
      next: 'change it there (`path: /ROOT/sshd_config.d/50-cloud.conf`), or take it out there first (`state: absent`)',
    },
  ],
  [
    'another file has one more',
    { sshd_config: `${dropIns}`, 'sshd_config.d/50.conf': 'AllowUsers a b\n' },
    { option: 'AllowUsers', value: ['a'] },
    {
      why: 'AllowUsers is set to "a b" by /ROOT/sshd_config.d/50.conf, line 1',
      next: 'change it there (`path: /ROOT/sshd_config.d/50.conf`), or take it out there first (`state: absent`)',
    },
  ],
  [
    'a new file that nothing includes',
    { sshd_config: dropIns },
    { option: 'MaxSessions', value: 1, path: '/ROOT/sshd_config.d/10.config' },
    {
      why: 'sshd does not read /ROOT/sshd_config.d/10.config: no Include line of /ROOT/sshd_config would take it in',
      next: 'name a file that it does, or put an Include line at the top of /ROOT/sshd_config first (`lineinfile`)',
    },
  ],
  [
    'an earlier block holds for that user as well',
    {
      sshd_config: 'Match User *\n    AllowTcpForwarding yes\nMatch User deploy\n    AllowTcpForwarding no\n',
    },
    { option: 'AllowTcpForwarding', value: 'no', match: 'User deploy' },
    {
      why: 'AllowTcpForwarding is "no" in /ROOT/sshd_config, but sshd goes by "yes"',
      next: 'look at the other lines that set it: /ROOT/sshd_config, line 2 (Match user *)',
    },
  ],
  ['there is no such file', {}, { option: 'UsePAM', value: 'no' }, { missing: 'path:/ROOT/sshd_config' }],
  ['no value', { sshd_config: '' }, { option: 'UsePAM' }, { why: 'UsePAM needs a value' }],
  [
    'set as wanted, in sshd’s own words',
    { sshd_config: 'PermitRootLogin prohibit-password\n' },
    { option: 'permitrootlogin', value: 'prohibit-password' },
    [],
  ],
  [
    'set as wanted by another file',
    { sshd_config: dropIns, 'sshd_config.d/1.conf': 'UsePAM=no\n' },
    { option: 'UsePAM', value: false },
    [],
  ],
  ['not set, as wanted', { sshd_config: '#UsePAM no\n' }, { option: 'UsePAM', state: 'absent' }, []],
];

describe.runIf(hasSshd)(
  'what is refused, and what is right already (needs root, sshd and its host keys)',
  () => {
    test.each(refusals)('%s', (_title, files, args, expected) => {
      furnish(files);
      const answer = plan(args);
      if (Array.isArray(expected)) expect(answer).toEqual(expected);
      else expect(answer).toMatchObject(expected as object);
    });

    test.each(shells)(
      '%s: sshd also judges where it is not up and its directory in /run is missing',
      (shell) => {
        furnish({ 'new-0': 'UsePAM no\n' });
        const [program, ...words] = shellCommand(shell);
        const script = `mount -t tmpfs none /run && { ${tryNewFile(true).text}\n} && [ ! -e /run/sshd ]`;
        const judged = spawnSync('unshare', ['-m', program, ...words, '-c', script], {
          env: { ...shellEnvironment(shell), FETTLE_IN: join(root, 'new-') },
          encoding: 'utf8',
          // A bash whose input is a socket reads ~/.bashrc.
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        expect(judged).toMatchObject({ status: 0, stderr: '' });
      },
    );

    test.each([
      [{ option: 'PermitRootLogin', value: 'perhaps' }, 'unsupported option "perhaps"'],
      [{ option: 'NoSuchOption', value: 'x' }, 'Bad configuration option: NoSuchOption'],
      [{ option: 'Port', value: 22, match: 'User a' }, 'is not allowed within a Match block'],
      [{ option: 'MaxSessions', value: 'x', path: '/ROOT/sshd_config.d/1.conf' }, '1.conf line 1'],
    ] satisfies readonly (readonly [SshdConfigArgs, string])[])('sshd judges first: %s', (args, said) => {
      furnish({ sshd_config: dropIns, 'sshd_config.d/0.conf': 'UsePAM no\n' });
      const whole = inRoot(args);
      const made = makeHere('dash', sshdConfig.plan(whole, probeHere('dash', sshdConfig.probe(whole))));
      made.forget();
      expect(made.code).toBe(1);
      expect(made.stderr).toContain('sshd refuses the new configuration, so the old one stays:');
      if (!said.startsWith('1.conf')) expect(made.stderr).toContain(said);
      expect(readFileSync(main, 'utf8')).toBe(dropIns.replaceAll('/ROOT', root));
      expect(readdirSync(join(root, 'sshd_config.d'))).toEqual(['0.conf']);
    });
  },
);
