import { describe, expect, test } from 'vitest';
import { pause } from '../../engine/modules/pause.ts';

describe('pause', () => {
  test.each<[args: Parameters<typeof pause.run>[0], result: unknown]>([
    [{ seconds: 5 }, { messages: [], waits: { seconds: 5 }, values: { echo: true } }],
    [{ minutes: 1.5 }, { messages: [], waits: { seconds: 90 }, values: { echo: true } }],
    [
      { minutes: 1, prompt: 'the cluster settles' },
      { messages: ['the cluster settles'], waits: { seconds: 60 }, values: { echo: true } },
    ],
    [
      { prompt: 'Go on?', echo: false },
      { waits: { prompt: 'Go on?', echo: false }, values: { echo: false } },
    ],
    [{}, { waits: { prompt: 'Press Enter to go on.', echo: true }, values: { echo: true } }],
  ])('%j', (args, result) => {
    expect(pause.run(args)).toEqual(result);
  });

  test('one time is enough', () => {
    expect(() => pause.run({ seconds: 1, minutes: 1 })).toThrow('either `seconds` or `minutes`');
  });
});
