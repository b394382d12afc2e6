import type { ModuleCases } from '../law_case.ts';

// What it reads where SELinux is on is tried in test/modules/avc.test.ts and test/vm.
export const avc: ModuleCases = {
  onlyLooks: true,
  cases: [{ title: 'a host without SELinux', changes: false, fails: 'SELinux is not on', args: () => ({}) }],
  // Hosts without SELinux refuse it.
  hostile: [
    {
      argument: 'comm',
      takes: 'line',
      nul: 'refused',
      fails: 'always',
      args: (_folder, value) => ({ comm: value }),
    },
    {
      argument: 'path',
      takes: 'text',
      nul: 'refused',
      fails: 'always',
      args: (_folder, value) => ({ path: value }),
    },
  ],
  refuses: [
    { argument: 'since', takes: 'text', args: (_folder, value) => ({ since: `today ${value}` }) },
    { argument: 'scontext', takes: 'text', args: (_folder, value) => ({ scontext: ` ${value}` }) },
  ],
};
