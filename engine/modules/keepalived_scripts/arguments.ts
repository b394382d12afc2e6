import { type Static, Type } from 'typebox';
import { hostPath } from '../../contract/schema.ts';

// What is written into a configuration must mean the same within any quotes, and never a comment or a parameter.
const plainPath = '^/[A-Za-z0-9_@%+=:,./-]*$';

/** The schema of its arguments. */
export const scriptsArguments = Type.Object(
  {
    config: Type.Optional(
      Type.String({
        pattern: '^/[^\\u0000\\n]*$',
        default: '/etc/keepalived/keepalived.conf',
        description: 'The main file; everything that it includes belongs to it.',
        errorMessage: 'must be an absolute path',
      }),
    ),
    directory: Type.Optional(
      Type.String({
        pattern: plainPath,
        default: '/usr/libexec/keepalived',
        description: 'Where the scripts are to be; made where it is not there. No blanks or quotes.',
        errorMessage: 'must be an absolute path of letters, digits and _@%+=:,.-',
      }),
    ),
    only: Type.Optional(
      Type.Array(hostPath('A script.'), {
        description:
          'Move these scripts alone, as the configuration writes them; also such as look for files beside themselves.',
      }),
    ),
    except: Type.Optional(
      Type.Array(hostPath('A script.'), { description: 'Leave these scripts where they are.' }),
    ),
    keep_old: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'false: remove the old files once nothing names them any more.',
      }),
    ),
    report_only: Type.Optional(
      Type.Boolean({
        description: 'Change nothing; `register` tells what would be moved, and what is wrong.',
      }),
    ),
    enable_script_security: Type.Optional(
      Type.Union([Type.Literal('keep'), Type.Boolean()], {
        default: 'keep',
        description:
          'Whether keepalived refuses to run as root what others may write. true is refused where it would make keepalived drop a script.',
      }),
    ),
    script_user: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*( :?[A-Za-z0-9_.-]*)?$',
        description: 'The user, and after a blank the group, that scripts run as where nothing else is said.',
        errorMessage: 'must be a user, or a user and a group',
      }),
    ),
    links: Type.Optional(
      Type.Union([Type.Literal('refuse'), Type.Literal('keep'), Type.Literal('break')], {
        default: 'refuse',
        description:
          'A configuration file with several hard links: refuse, write in place, or part it from the others.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type ScriptsArgs = Static<typeof scriptsArguments>;
