import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localFleet, type Fleet } from './harness.ts';
import { expectedOf, type Expected } from './model.ts';
import { playbookOf, randomPlays } from './random_plays.ts';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await localFleet(3);
});
afterAll(() => fleet.close());

const runs = Number(process.env['FETTLE_RANDOM_PLAYS'] ?? 150);

test('semantics.md: any play of blocks, includes, handlers and ends goes as the reference says', {
  timeout: 300_000,
}, async () => {
  const property = fc.asyncProperty(randomPlays(['h1', 'h2', 'h3']), async (play) => {
    const { text, files } = playbookOf(play);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(fleet.folder, name), content);
    const ended = await fleet.run(text);
    const seen = Object.fromEntries(
      play.hosts.map((host): [string, Expected] => {
        const { status, counts, owes } = ended.host(host);
        return [host, { lines: ended.line(host), status, rescued: counts.rescued ?? 0, owes }];
      }),
    );
    expect(seen).toEqual(expectedOf(play));
  });
  await fc.assert(property, { numRuns: runs });
});
