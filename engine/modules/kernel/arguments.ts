import { type Static, Type } from 'typebox';

const release = {
  pattern: '^[0-9][A-Za-z0-9.+_~-]*$',
  errorMessage: 'must be a release as `uname -r` says it',
};

/** The schema of `kernel`. */
export const kernelArguments = Type.Object(
  {
    version: Type.Optional(
      Type.String({
        ...release,
        description:
          'The release, as `uname -r` says it; what it ends in (architecture, flavour) may be left out where that is clear. Without it nothing is changed, and the register tells what is there.',
      }),
    ),
    state: Type.Optional(
      Type.Enum(['present', 'absent'], {
        default: 'present',
        description:
          '`present`: it is what is booted; it must be installed (`package`, `dnf`, `apt`). `absent`: it is removed, or with `keep` all but the newest ones.',
      }),
    ),
    once: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Only the next boot starts it, and the one after that the default again: `grub-reboot`. Refused where GRUB could not forget it.',
      }),
    ),
    keep: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          'With `state: absent` and no `version`: how many of the newest kernels stay. The one that runs, the default and the next one stay in any case, and so do those whose packages are held.',
      }),
    ),
    min_boot_space: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'Megabytes that must be free in /boot, as long as `version` is not installed.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type KernelArgs = Static<typeof kernelArguments>;
