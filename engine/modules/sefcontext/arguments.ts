import { type Static, Type } from 'typebox';
import { selinuxLevel, selinuxName } from '../../facts/selinux_type.ts';

/** The schema of `sefcontext`. */
export const sefcontextArguments = Type.Object(
  {
    target: Type.String({
      pattern: '^/[^\\s\\u0000]*$',
      errorMessage:
        'must be a regular expression for a whole path from the root on, without blanks (write \\s)',
      description:
        'A regular expression that the whole path matches: "/srv/www(/.*)?", "/etc/keepalived/check\\.sh".',
    }),
    ftype: Type.Optional(
      Type.Enum(['a', 'b', 'c', 'd', 'f', 'l', 'p', 's'], {
        default: 'a',
        description:
          'What it is for: a everything, b block devices, c character devices, d directories, f files, l links, p FIFOs, s sockets.',
      }),
    ),
    setype: Type.Optional(
      Type.String({
        pattern: '^([A-Za-z_][A-Za-z0-9_.-]*|<<none>>)$',
        errorMessage: 'must be a type such as "httpd_sys_content_t", or "<<none>>"',
        description:
          'The type of the label; "<<none>>" leaves such paths as they are. Needed but for `state: absent`.',
      }),
    ),
    seuser: Type.Optional(
      Type.String({ ...selinuxName, description: 'The user of the label; system_u where a rule is new.' }),
    ),
    selevel: Type.Optional(
      Type.String({
        ...selinuxLevel,
        description: 'The level of the label; s0 where a rule is new.',
      }),
    ),
    state: Type.Optional(
      Type.Enum(['present', 'absent'], {
        default: 'present',
        description:
          "Whether the host has such a rule of its own. `absent` leaves the policy's rule to count.",
      }),
    ),
    relabel: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Whether what is there already gets its label too, as by `restorecon`.',
      }),
    ),
    force: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Whether it also relabels what has a type that users choose (customizable_types), and user and level: `restorecon -F`.',
      }),
    ),
    reload: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Whether the kernel reads the policy again, which a rule for files does not need.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type SefcontextArgs = Static<typeof sefcontextArguments>;
