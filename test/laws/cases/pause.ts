import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';

export const pause: ModuleCases = {
  onlyLooks: true,
  cases: [
    { title: 'no time at all', changes: false, args: () => ({ seconds: 0 }) },
    { title: 'a moment', changes: false, args: () => ({ minutes: 0.001, prompt: 'a moment' }) },
  ],
  hostile: [
    {
      argument: 'prompt',
      takes: 'text',
      nul: 'kept',
      args: (_folder, value) => ({ prompt: value, seconds: 0 }),
      after: (_folder, value, { said }) => expect(said).toContain(value),
    },
  ],
};
