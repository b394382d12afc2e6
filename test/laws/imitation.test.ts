import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shells, type ShellName } from '../facts/look.ts';
import { failures, forget, playOf, runHere, statuses, undoHere, type TaskText } from './play.ts';
import { listing, openSandbox, type Sandbox } from './sandbox.ts';

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = openSandbox();
});

afterEach(() => sandbox.close());

test.each(shells)(
  'a file that imitates what fettle and a host say to each other changes nothing on %s',
  async (shell) => {
    const { root } = sandbox;
    const imitation = Buffer.concat([await conversation(shell), rows(join(root, 'kept'))]);
    for (const name of ['kept', 'edited', 'set', 'replaced']) writeFileSync(join(root, name), imitation);
    mkdirSync(join(root, 'tree'));
    writeFileSync(join(root, 'tree', '/dev//null\n'.replaceAll('/', '_')), imitation);
    const start = listing(root, 'lasting');

    const finished = await runHere(sandbox, { shell }, await playOf(tasks(root, 'end')), {
      values: { imitation },
    });
    try {
      expect(failures(finished)).toEqual([]);
      expect(statuses(finished)).toEqual({
        'as it is': 'ok',
        'a line': 'changed',
        'a key': 'changed',
        'another content': 'changed',
        'another mode': 'changed',
        'a new file': 'changed',
        'told apart': 'ok',
        printed: 'ok',
        found: 'ok',
      });
      expect(readFileSync(join(root, 'kept')).equals(imitation)).toBe(true);
      expect(
        readFileSync(join(root, 'edited')).equals(Buffer.concat([imitation, Buffer.from('end\n')])),
      ).toBe(true);
      expect(readFileSync(join(root, 'replaced'), 'utf8')).toBe('new');
      expect(finished.host.registers.get('told')).toMatchObject({
        stat: {
          exists: true,
          isreg: true,
          size: imitation.length,
          nlink: 1,
          inode: String(statSync(join(root, 'kept')).ino),
        },
      });
      expect(finished.host.registers.get('printed')).toMatchObject({
        rc: 0,
        stdout: imitation.toString('utf8').replace(/[\r\n]+$/, ''),
        stderr: imitation.toString('utf8').replace(/[\r\n]+$/, ''),
      });
      expect(await undoHere(sandbox, { shell }, finished)).toEqual(Array.from({ length: 5 }, () => 'undone'));
      expect(listing(root, 'lasting')).toEqual(start);
    } finally {
      forget({ shell }, finished.run);
    }
  },
);

function tasks(root: string, line: string): readonly TaskText[] {
  return [
    { name: 'as it is', file: { path: `${root}/kept`, state: 'file' } },
    { name: 'a line', lineinfile: { path: `${root}/edited`, line } },
    { name: 'a key', properties: { path: `${root}/set`, key: 'flag', value: 'TRUE' } },
    { name: 'another content', copy: { dest: `${root}/replaced`, content: 'new' } },
    { name: 'another mode', file: { path: `${root}/tree`, recurse: true, mode: 'go=' } },
    { name: 'a new file', copy: { dest: `${root}/new`, src: `${root}/kept` } },
    { name: 'told apart', stat: { path: `${root}/kept`, get_checksum: true }, register: 'told' },
    {
      name: 'printed',
      shell: { cmd: 'cat kept; cat kept >&2', chdir: root, reads: true },
      register: 'printed',
    },
    { name: 'found', wait_for: { path: `${root}/kept`, search_regex: '^1 started$', timeout: 0 } },
  ];
}

/** Every byte of a run that looks, changes and proves, as it goes over the wire. */
async function conversation(shell: ShellName): Promise<Buffer> {
  const other = openSandbox();
  const said: Buffer[] = [];
  for (const name of ['kept', 'edited', 'set', 'replaced'])
    writeFileSync(join(other.root, name), 'x\n1 started\n');
  mkdirSync(join(other.root, 'tree'));
  const way = { shell, heard: (bytes: Buffer) => said.push(bytes) };
  const finished = await runHere(other, way, await playOf(tasks(other.root, 'other end')));
  expect(failures(finished)).toEqual([]);
  forget(way, finished.run);
  other.close();
  const all = Buffer.concat(said);
  expect(all.toString('latin1')).toMatch(/[0-9a-f]{32}\.1</);
  return all;
}

/** What facts and the journal print, a line each. */
function rows(path: string): Buffer {
  const hash = 'a'.repeat(64);
  const lines = [
    '1 started',
    '1 0',
    '1 undone',
    'eeee',
    'dabl',
    `s ${hash}`,
    `l 5 ${hash}`,
    't 0 1 2 3',
    'a',
    '81a4:0:0:0:0:1:1:1:root:root',
    `${path}\0\0/dev//null\0`,
    '\0',
    'flag = FALSE',
    '',
  ];
  return Buffer.from(`\n${lines.join('\n')}`);
}
