import { Type } from 'typebox';
import { CannotPlan } from '../../contract/change.ts';
import { joinPath, parentOf, tidyPath } from '../../contract/host_path.ts';
import { fileMode, hostPath } from '../../contract/schema.ts';

type Time = 'now' | 'preserve';

/** What file takes. */
export interface FileArgs {
  readonly path?: string;
  readonly dest?: string;
  readonly name?: string;
  readonly state?: 'file' | 'directory' | 'link' | 'hard' | 'touch' | 'absent';
  readonly src?: string;
  readonly owner?: string;
  readonly group?: string;
  readonly mode?: string;
  readonly recurse?: boolean;
  readonly force?: boolean;
  readonly follow?: boolean;
  readonly access_time?: Time;
  readonly modification_time?: Time;
}

/** The path that is meant, tidy. */
export function pathOf({ path: given, dest, name }: FileArgs): string {
  return tidyPath(given ?? dest ?? name ?? '/');
}

/** Where a link will lead to, tidy and absolute. */
export function sourcePath({ src = '', state }: FileArgs, given: string): string {
  if (src.startsWith('/')) return tidyPath(src);
  if (state === 'hard') throw new CannotPlan('src of a hard link must be an absolute path');
  return joinPath(parentOf(given), src);
}

const time = (which: string) =>
  Type.Optional(
    Type.Union([Type.Literal('now'), Type.Literal('preserve')], {
      description: `For \`touch\`: what becomes of the ${which} time; \`now\` where absent.`,
    }),
  );

/** The schema of its arguments. */
export const fileArguments = Type.Object(
  {
    path: Type.Optional(hostPath('The path.')),
    dest: Type.Optional(hostPath('The same as `path`.')),
    name: Type.Optional(hostPath('The same as `path`.')),
    state: Type.Optional(
      Type.Union(
        (['file', 'directory', 'link', 'hard', 'touch', 'absent'] as const).map((state) =>
          Type.Literal(state),
        ),
        {
          description:
            'What should be there. `file` makes nothing; `touch` makes an empty file; where absent, whatever is there gets the attributes.',
        },
      ),
    ),
    src: Type.Optional(Type.String({ minLength: 1, description: 'What a link leads to.' })),
    owner: Type.Optional(Type.String({ minLength: 1, description: 'Name or number of the owner.' })),
    group: Type.Optional(Type.String({ minLength: 1, description: 'Name or number of the group.' })),
    mode: Type.Optional(fileMode()),
    recurse: Type.Optional(
      Type.Boolean({ description: 'Owner, group and mode are also for everything below a directory.' }),
    ),
    force: Type.Optional(
      Type.Boolean({
        description: 'A link may lead to nothing, and may take the place of a file or an empty directory.',
      }),
    ),
    follow: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Attributes are those of what a symbolic link leads to.',
      }),
    ),
    access_time: time('access'),
    modification_time: time('modification'),
  },
  {
    additionalProperties: false,
    anyOf: [{ required: ['path'] }, { required: ['dest'] }, { required: ['name'] }],
  },
);
