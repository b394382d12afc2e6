import type { ModuleCases } from '../law_case.ts';

// Real logins are in test/hosts/login_check.test.ts: here the machine that fettle runs on stands for the host (play.ts).
export const loginCheck: ModuleCases = {
  onlyLooks: true,
  cases: [
    {
      title: 'the right password',
      changes: false,
      args: () => ({ user: 'canary', password: 'right', command: 'exit 0', timeout: 20 }),
    },
    {
      title: 'a wrong one',
      changes: false,
      args: () => ({ user: 'canary', password: 'wrong', expect: 'refused', timeout: 20 }),
    },
  ],
  hostile: [
    {
      argument: 'password',
      takes: 'text',
      args: (_folder, value) => ({ user: 'canary', password: value, timeout: 20 }),
    },
    {
      argument: 'command',
      takes: 'text',
      nul: 'refused',
      fails: 'always',
      args: (_folder, value) => ({
        user: 'canary',
        password: 'right',
        command: `exit 7 # ${value}`,
        timeout: 20,
      }),
    },
  ],
  refuses: [
    {
      argument: 'attempts',
      takes: 'line',
      args: (_folder, value) => ({ user: 'canary', password: 'right', attempts: value }),
    },
  ],
};
