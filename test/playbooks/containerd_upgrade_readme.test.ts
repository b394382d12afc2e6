import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const folder = join(import.meta.dirname, '..', '..', 'playbooks', 'containerd-upgrade');

test('the README lists every variable of the schema, and no other', async () => {
  const schema = JSON.parse(await readFile(join(folder, 'variables.schema.json'), 'utf8')) as {
    readonly properties: Readonly<Record<string, unknown>>;
  };
  const readme = await readFile(join(folder, 'README.md'), 'utf8');
  const listed = [...readme.matchAll(/^\| `(\w+)` \|/gm)].map((row) => row[1]);
  expect(listed.sort()).toEqual(Object.keys(schema.properties).sort());
});
