import { expect, test } from 'vitest';
import { turn } from '../../engine/run/turns.ts';

test('who goes on for long lets happen what else is due before the next', async () => {
  const seen: string[] = [];
  const loop = () => {
    seen.push('loop');
    if (!seen.includes('host 3')) setImmediate(loop);
  };
  const hosts = ['host 1', 'host 2', 'host 3'].map(async (host) => {
    await turn();
    seen.push(host);
    const until = performance.now() + 30;
    while (performance.now() < until);
  });
  setImmediate(loop);
  await Promise.all(hosts);
  expect(seen.filter((each) => each !== 'loop')).toEqual(['host 1', 'host 2', 'host 3']);
  const [first, second, third] = ['host 1', 'host 2', 'host 3'].map((host) => seen.indexOf(host));
  expect(seen.slice(first, second)).toContain('loop');
  expect(seen.slice(second, third)).toContain('loop');
});

test('each goes as far as it can before the next', async () => {
  const seen: string[] = [];
  const hosts = ['host 1', 'host 2'].map(async (host) => {
    await turn();
    for (const step of [1, 2, 3]) {
      await Promise.resolve();
      seen.push(`${host} step ${step}`);
    }
  });
  await Promise.all(hosts);
  expect(seen).toEqual([1, 2].flatMap((host) => [1, 2, 3].map((step) => `host ${host} step ${step}`)));
});

test('who asks again comes after those who wait', async () => {
  const seen: string[] = [];
  const eager = async () => {
    for (const time of ['first', 'second']) {
      await turn();
      seen.push(`eager ${time}`);
    }
  };
  await Promise.all([eager(), turn().then(() => seen.push('waited'))]);
  expect(seen).toEqual(['eager first', 'waited', 'eager second']);
});
