import { describe, expect, test } from 'vitest';
import { parseSshArguments } from '../../engine/transport/ssh_options.ts';

describe('OpenSSH’s arguments', () => {
  const cases: readonly (readonly [string, Record<string, string>, readonly string[]])[] = [
    ['', {}, []],
    ['-o StrictHostKeyChecking=no', { StrictHostKeyChecking: 'no' }, []],
    [
      '-oStrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null',
      { StrictHostKeyChecking: 'no', UserKnownHostsFile: '/dev/null' },
      [],
    ],
    [`-o "ConnectTimeout 7" -o 'user = x'`, { ConnectTimeout: '7', User: 'x' }, []],
    [`-o ProxyCommand="ssh -W %h:%p -q bastion"`, { ProxyCommand: 'ssh -W %h:%p -q bastion' }, []],
    [`-o 'ProxyCommand=ssh -W "%h:%p" b'`, { ProxyCommand: 'ssh -W "%h:%p" b' }, []],
    ['-J a,b@c:22 -p 2200 -l me', { ProxyJump: 'a,b@c:22', Port: '2200', User: 'me' }, []],
    ['-i one -i two -o IdentitiesOnly=yes', { IdentityFile: 'one\ntwo', IdentitiesOnly: 'yes' }, []],
    ['-4A -p1 -F /x', { AddressFamily: 'inet', ForwardAgent: 'yes', Port: '1', ConfigFile: '/x' }, []],
    [
      '-C -o ControlMaster=auto -o ControlPersist=60s -o ControlPath=~/x-%h -o LogLevel=ERROR -tt -vvv',
      {},
      [],
    ],
    ['-o Port=1 -o Port=2', { Port: '1' }, []],
    ['-o ChallengeResponseAuthentication=no', { KbdInteractiveAuthentication: 'no' }, []],
    [
      '-L 1:a:2 -o LocalForward=x -o Nonsense=1 stray -o',
      {},
      ['-L 1:a:2', 'LocalForward', 'Nonsense', 'stray', '-o without a value'],
    ],
    ['-o Port', {}, ['Port']],
    ['-o "unclosed', {}, ['-o "unclosed']],
    ['a\\ b', {}, ['a b']],
  ];
  test.each(cases)('%s', (text, options, refused) => {
    expect(parseSshArguments(text)).toEqual({ options, refused });
  });
});
