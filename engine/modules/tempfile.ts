import { type Static, Type } from 'typebox';
import { CannotPlan, noted } from '../contract/change.ts';
import { tidyPath } from '../contract/host_path.ts';
import type { Action, ActionResult, Outcome } from '../contract/module.ts';
import { hostPath } from '../contract/schema.ts';
import { lines, sh, type Script } from '../shell/script.ts';

const args = Type.Object(
  {
    state: Type.Optional(
      Type.Union([Type.Literal('file'), Type.Literal('directory')], {
        default: 'file',
        description: 'What is made.',
      }),
    ),
    path: Type.Optional(hostPath('The directory to make it in; /tmp where nothing is said.')),
    prefix: Type.Optional(
      Type.String({ description: 'How its name begins; `fettle.` where nothing is said.' }),
    ),
    suffix: Type.Optional(Type.String({ description: 'How its name ends.' })),
  },
  { additionalProperties: false },
);

export type TempFileArgs = Static<typeof args>;

/** A file or directory with a name that nobody else has. */
export const tempfile: Action<TempFileArgs> = {
  kind: 'action',
  name: 'tempfile',
  summary: 'Makes an empty file or directory with a new name, which only its user may enter or read.',
  args,
  notes: [
    '`register` holds its `path`, `owner`, `group`, `mode` (0600 or 0700) and `state`.',
    'It stays until something removes it: `file: {path: "{{ made.path }}", state: absent}` at the end, or under `always:`. An undo removes it with all that is in it.',
    'Each run makes another one, so what is made with it is changed each time.',
  ],
  reads: () => false,
  run(wanted) {
    const { state = 'file', path = '/tmp', prefix = 'fettle.', suffix = '' } = wanted;
    if (/\//.test(prefix + suffix))
      throw new CannotPlan('prefix and suffix are parts of a name, and hold no /');
    const folder = tidyPath(path);
    return {
      what: `make a temporary ${state} in ${folder}`,
      script: made(state, folder, prefix, suffix),
      touches: [`path:${folder}`],
      undo: removed(state),
      result: (outcome) => resultOf(state, folder, outcome),
    };
  },
};

// The name is noted before it is used, so that an undo knows it whatever happens then. `mktemp -u` gives a name
// only; a file by that name is made only where there is none.
function made(state: 'file' | 'directory', folder: string, prefix: string, suffix: string): Script {
  const make = state === 'file' ? sh`( set -C; : >"$t" )` : sh`mkdir -- "$t"`;
  const base = folder === '/' ? '/' : `${folder}/`;
  return lines([
    sh`umask 077; mkdir -p "$FETTLE_SAVE" || exit 1`,
    sh`[ -d ${folder} ] || { echo ${`there is no directory ${folder}`} >&2; exit 1; }`,
    sh`command -v mktemp >/dev/null || { echo ${'there is no mktemp on this host (package coreutils)'} >&2; exit 1; }`,
    sh`n=0`,
    sh`while :; do`,
    // The names of mktemp's own template are letters and digits, so that nothing is lost with the end of line.
    sh`r=$(mktemp -u fettle.XXXXXXXXXX) || exit 1`,
    sh`t=${`${base}${prefix}`}"\${r#fettle.}"${suffix}`,
    sh`printf %s "$t" >${noted('made')} || exit 1`,
    sh`if e=$( { ${make}; } 2>&1 ); then break; fi`,
    sh`n=$((n+1))`,
    // A name of somebody else's is there; all else would be the same again.
    sh`if [ "$n" -ge 20 ] || { [ ! -e "$t" ] && [ ! -L "$t" ]; }; then rm -f -- ${noted('made')}; printf '%s\n' "$e" >&2; exit 1; fi`,
    sh`done`,
    sh`stat -c %a:%U:%G -- "$t" || exit 1`,
    sh`printf %s "$t"`,
  ]);
}

function removed(state: 'file' | 'directory'): Script {
  const remove = state === 'file' ? sh`rm -f -- "$t"` : sh`rm -rf -- "$t"`;
  return lines([
    sh`[ -f ${noted('made')} ] || exit 0`,
    // What ends a name may be a newline.
    sh`t=$(cat ${noted('made')}; echo .) || exit 1`,
    sh`t=\${t%.}; [ -n "$t" ] || exit 0`,
    sh`${remove} || exit 1`,
  ]);
}

function resultOf(state: string, folder: string, { code, stdout, stderr }: Outcome): ActionResult {
  const output = stdout.toString('utf8');
  const [, mode = '', owner = '', group = '', path = ''] =
    /^(\d+):([^:\n]*):([^:\n]*)\n([^]*)$/.exec(output) ?? [];
  if (code !== 0 || path === '') {
    const said = stderr.toString('utf8').trim();
    return { changed: false, failed: said || `nothing could be made in ${folder}`, values: { state } };
  }
  return { changed: true, values: { path, state, mode: mode.padStart(4, '0'), owner, group } };
}
