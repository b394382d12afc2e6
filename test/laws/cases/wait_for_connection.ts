import type { ModuleCases } from '../law_case.ts';

export const waitForConnection: ModuleCases = {
  onlyLooks: true,
  cases: [
    { title: 'a host that is there', changes: false, args: () => ({ timeout: 20 }) },
    { title: 'after a while', changes: false, args: () => ({ delay: 0.1, timeout: 20, sleep: 0.1 }) },
  ],
  hostile: [],
  refuses: [
    {
      argument: 'timeout',
      takes: 'line',
      args: (_folder, value) => ({ timeout: value }),
    },
  ],
};
