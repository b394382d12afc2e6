import { Type } from 'typebox';
import { hostPath } from '../../contract/schema.ts';
import type { Secret } from '../../shell/secret.ts';

/** What sudoers takes: the words of one rule, or the whole content. */
export interface SudoersArgs {
  readonly name: string;
  readonly state?: 'present' | 'absent';
  readonly user?: string;
  readonly group?: string;
  readonly commands?: string | readonly string[];
  readonly host?: string;
  readonly runas?: string;
  readonly nopassword?: boolean;
  readonly setenv?: boolean;
  readonly noexec?: boolean;
  readonly content?: string | Secret;
  readonly sudoers_path?: string;
  readonly validation?: 'detect' | 'required';
}

const account = '^[A-Za-z0-9_][A-Za-z0-9_.@\\\\ +-]*\\$?$';

/** The schema of its arguments. */
export const sudoersArguments = Type.Object(
  {
    name: Type.String({
      pattern: '^[A-Za-z0-9_+][A-Za-z0-9_+@-]*$',
      description: 'The name of the file in `sudoers_path`.',
      errorMessage:
        'must be letters, digits and _ + @ -: sudo ignores files whose name has a dot or ends in ~, and says nothing',
    }),
    state: Type.Optional(
      Type.Union([Type.Literal('present'), Type.Literal('absent')], {
        default: 'present',
        description: 'Whether the file is there.',
      }),
    ),
    user: Type.Optional(
      Type.String({
        pattern: account,
        description: 'Who may run the commands: a user, or ALL.',
        errorMessage: 'must be the name of a user',
      }),
    ),
    group: Type.Optional(
      Type.String({
        pattern: account,
        description: 'Instead of `user`: all members of this group.',
        errorMessage: 'must be the name of a group, without %',
      }),
    ),
    commands: Type.Optional(
      Type.Union(
        [Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })],
        {
          description:
            'What may be run: absolute paths with their arguments as sudoers writes them (`\\:`, `\\,`, `\\=` and `\\#` for these characters), or ALL. A text is parted at commas.',
        },
      ),
    ),
    host: Type.Optional(
      Type.String({
        default: 'ALL',
        pattern: '^[A-Za-z0-9_.,:/!+*?-]+$',
        description: 'On which hosts the rule holds.',
        errorMessage: 'must be host names, addresses or ALL',
      }),
    ),
    runas: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_.,:%!+$ -]+$',
        description: 'As whom they may be run: "root", "ALL", "deploy:deploy". By itself: root.',
        errorMessage: 'must be users, a colon and groups',
      }),
    ),
    nopassword: Type.Optional(Type.Boolean({ default: true, description: 'No password is asked.' })),
    setenv: Type.Optional(Type.Boolean({ description: 'The environment may be kept (`sudo -E`).' })),
    noexec: Type.Optional(
      Type.Boolean({ description: 'The commands may not run others, as far as sudo can keep them from it.' }),
    ),
    content: Type.Optional(
      Type.String({ description: 'The whole text of the file, instead of the words of a rule.' }),
    ),
    sudoers_path: Type.Optional({
      ...hostPath('The folder, which /etc/sudoers must include.'),
      default: '/etc/sudoers.d',
    }),
    validation: Type.Optional(
      Type.Union([Type.Literal('detect'), Type.Literal('required')], {
        description: 'For playbooks of Ansible; visudo is always asked.',
      }),
    ),
  },
  { additionalProperties: false },
);
