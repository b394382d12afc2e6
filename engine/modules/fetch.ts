import { type Static, Type } from 'typebox';
import { CannotPlan } from '../contract/change.ts';
import { nameOf, tidyPath } from '../contract/host_path.ts';
import type { Action } from '../contract/module.ts';
import { hostPath, localOutput } from '../contract/schema.ts';
import { readScript } from './fetch/script.ts';
import { resultOf } from './fetch/result.ts';

const args = Type.Object(
  {
    src: hostPath('The file on the host; links are followed.'),
    dest: Type.Unsafe<string>(
      localOutput(
        'Where it goes on the controller: `DEST/HOST/SRC`, so that the files of several hosts stay apart.',
      ),
    ),
    flat: Type.Optional(
      Type.Boolean({
        default: false,
        description: '`dest` is the file itself; with a trailing slash the folder that it goes into.',
      }),
    ),
    fail_on_missing: Type.Optional(
      Type.Boolean({ default: true, description: 'Whether it fails where the host has no such file.' }),
    ),
  },
  { additionalProperties: false },
);

export type FetchArgs = Static<typeof args>;

/** Brings a file of the host to the controller. */
export const fetch: Action<FetchArgs> = {
  kind: 'action',
  name: 'fetch',
  summary: 'Brings a file of the host to the controller.',
  args,
  notes: [
    'A file of any size is taken: beyond 15 MiB in pieces, and not at all where the one on the controller has the same SHA-256.',
    'What arrived is compared with the SHA-256 that the host reckoned, or with the size where it has no `sha256sum`. Of a file that grows meanwhile, what was there at first is brought.',
    'It only reads on the host. In check mode it reads as well, and says whether the file on the controller would change; nothing is written.',
    '`fettle undo` leaves what was brought. Folders are not taken: `command: tar` makes a file of one.',
    '`checksum` in the register is SHA-256, not SHA-1.',
  ],
  reads: () => true,
  run(wanted, { host }) {
    const path = placeOf(wanted, host);
    return {
      what: `fetch ${wanted.src}`,
      script: readScript(wanted.src),
      touches: [],
      about: [`path:${tidyPath(wanted.src)}`],
      undo: { impossible: 'what was brought stays on the controller' },
      again: 'safe',
      result: (outcome) => resultOf(wanted, path, outcome),
    };
  },
};

/** Neither a path nor a host's name may lead out of `dest`. */
function placeOf({ src, dest, flat }: FetchArgs, host: string): string {
  if (src.includes('\0') || dest.includes('\0')) throw new CannotPlan('a path holds a NUL byte');
  const from = tidyPath(src);
  if (from === '/') throw new CannotPlan('/ is a folder, not a file');
  if (flat) return tidyPath(dest.endsWith('/') ? `${dest}${plainName(nameOf(from), 'src')}` : dest);
  for (const part of from.split('/').slice(1)) plainName(part, 'src');
  return tidyPath(`${dest}/${plainName(host, "the host's name")}${from}`);
}

function plainName(name: string, whose: string): string {
  if (name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)) return name;
  throw new CannotPlan(`${JSON.stringify(name)} in ${whose} would lead out of \`dest\``, {
    next: 'give a path without `..`, or say flat: true and name the file in `dest`',
  });
}
