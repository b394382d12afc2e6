import type { ModuleCases } from '../law_case.ts';

// Hosts that really reboot are in test/hosts/reboot.test.ts: this machine must not, whatever it is asked.
export const reboot: ModuleCases = {
  onlyLooks: true,
  cases: [
    {
      title: 'the machine that fettle runs on',
      changes: false,
      fails: 'is the machine that fettle runs on',
      args: () => ({ reboot_command: 'false' }),
    },
  ],
  hostile: [
    {
      argument: 'msg',
      takes: 'text',
      nul: 'refused',
      fails: 'always',
      args: (_folder, value) => ({ msg: value, reboot_command: 'false' }),
    },
  ],
  refuses: [
    {
      argument: 'reboot_timeout',
      takes: 'line',
      args: (_folder, value) => ({ reboot_timeout: value, reboot_command: 'false' }),
    },
  ],
};
