import { describe, expect, test } from 'vitest';
import { walk } from '../../engine/facts/pam/dispatch.ts';
import { type ReturnCode, returnCodes } from '../../engine/facts/pam/returns.ts';
import { type PamConfiguration, stacksOf } from '../../engine/facts/pam/stack.ts';
import { editPam } from '../../engine/modules/pam/edit.ts';
import { dice } from '../facts/pam/dice.ts';
import { planned } from './package_states.ts';
import { pam } from '../../engine/modules/pam.ts';
import { stateOf } from './pam/state.ts';

const login = '/etc/pam.d/login';
const codes: readonly ReturnCode[] = ['success', 'auth_err', 'user_unknown', 'ignore', 'new_authtok_reqd'];

describe('jumps lead to where they led', () => {
  const roll = dice(20_240_602);
  const pick = <T>(list: readonly T[]): T => list[roll(list.length)] as T;
  const action = () => pick(['ok', 'bad', 'die', 'done', 'ignore', 'reset', '1', '2', '3', '4']);
  const control = () =>
    pick([
      'required',
      'sufficient',
      'optional',
      'requisite',
      `[success=${action()} default=${action()}]`,
      `[success=${action()} auth_err=${action()} default=${action()}]`,
    ]);
  const word = () => pick(['required', 'sufficient', 'optional', 'requisite', '[default=reset]']);
  const line = (index: number) => `auth ${control()} m${index}.so ${pick(codes)}`;
  const inner = () =>
    [0, 1, 2]
      .slice(roll(3))
      .map((index) => `auth ${word()} m${20 + index}.so ${pick(codes)}`)
      .join('\n');
  const stack = () => {
    const lines = Array.from({ length: 3 + roll(6) }, (_, index) =>
      roll(5) === 0 ? `auth ${pick(['include', 'substack'])} inner` : line(index),
    );
    return [...lines, line(9)].toSpliced(roll(3), 0, 'account required m0.so success').join('\n');
  };
  const configurationOf = (text: string, included: string): PamConfiguration => ({
    texts: { [login]: `${text}\n`, '/etc/pam.d/inner': `${included}\n` },
    directories: ['/etc/pam.d'],
    atInclude: false,
  });
  const resultOf = (configuration: PamConfiguration) => {
    const { stacks } = stacksOf(configuration, 'login');
    const said = (word: string | undefined) => returnCodes.find((code) => code === word) ?? 'ignore';
    return walk(stacks.auth, null, ({ args }) => [{ code: said(args[0]), world: null }]).endings[0]?.code;
  };

  test('a line that does nothing changes nothing wherever it comes, and when it goes all is as it was: 500 stacks', () => {
    let moved = 0;
    for (let round = 0; round < 500; round += 1) {
      const configuration = configurationOf(stack(), inner());
      const text = configuration.texts[login] as string;
      const anchors = [...text.matchAll(/^auth .*(m\d+\.so)/gm)].map(([, name]) => name as string);
      const place = pick([
        { before: pick(anchors) },
        { after: pick(anchors) },
        { before: 'all' },
        { after: 'all' },
      ]);
      const added = editPam(
        text,
        login,
        { type: 'auth', module: 'nothing.so', control: 'optional', args: ['ignore'], ...place },
        configuration,
      );
      const with_ = { ...configuration, texts: { ...configuration.texts, [login]: added.text } };
      expect(resultOf(with_), `${text}\n${added.text}`).toBe(resultOf(configuration));
      const gone = editPam(added.text, login, { module: 'nothing.so', state: 'absent' }, with_);
      const back = { ...configuration, texts: { ...configuration.texts, [login]: gone.text } };
      expect(resultOf(back), `${added.text}\n${gone.text}`).toBe(resultOf(configuration));
      expect(gone.text).toBe(text);
      if (added.text.replace(/^.*nothing.*\n/m, '') !== text) moved += 1;
    }
    expect(moved).toBeGreaterThan(50);
  });

  test('a jump of another file that counts the lines of this one is named', () => {
    const files = {
      '/etc/pam.d/sshd':
        'auth [success=2 default=ignore] pam_succeed_if.so user = root\nauth include common\nauth required pam_deny.so\nauth required pam_permit.so\naccount required pam_permit.so\n',
      '/etc/pam.d/common': 'auth optional pam_unix.so\n',
      '/etc/pam.d/other': 'auth required pam_deny.so\n',
    };
    const args = {
      service: 'common',
      type: 'auth',
      module: 'pam_env.so',
      control: 'optional',
      before: 'all',
    } as const;
    expect(planned(() => pam.plan(args, stateOf(files, '/etc/pam.d/common')))).toMatchObject({
      why: '/etc/pam.d/sshd, line 1 (auth pam_succeed_if.so) jumps over lines of /etc/pam.d/common, and would then lead to /etc/pam.d/sshd, line 3 (auth pam_deny.so) instead of /etc/pam.d/sshd, line 4 (auth pam_permit.so)',
    });
  });
});
