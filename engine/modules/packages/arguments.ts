import { Type } from 'typebox';
import { packageSpecPattern } from '../../facts/package_spec.ts';

const packageName = Type.String({
  pattern: packageSpecPattern,
  errorMessage:
    'must be the name of a package, with limits to its version where there are some (`a`, `a=1.2`, `a>=1.2,<2`): no pattern, no file to install',
});

/** What every module for packages takes. */
export const packageArguments = {
  name: Type.Optional(
    Type.Union([packageName, Type.Array(packageName, { minItems: 1 })], {
      description:
        'The package, or a list of packages; one transaction for all of them. A version may be asked for: `a=1.7.3`, `a=1.7.*`, or limits: `a>=1.7.3,<2`. What a limit leaves out (release, revision, epoch) does not count.',
    }),
  ),
  pkg: Type.Optional(
    Type.Union([packageName, Type.Array(packageName, { minItems: 1 })], {
      description: 'The same as `name`.',
    }),
  ),
  state: Type.Optional(
    Type.Enum(['present', 'installed', 'latest', 'absent', 'removed'], {
      default: 'present',
      description:
        'Whether they are installed, in whatever version fits; `latest`: in the newest that fits and is offered, a held package as it is. `installed` and `removed` mean `present` and `absent`.',
    }),
  ),
  allow_downgrade: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'Whether an older version may take the place of a newer one.',
    }),
  ),
  hold: Type.Optional(
    Type.Boolean({
      description:
        'Whether the package is held at its version afterwards (apt-mark, versionlock of dnf and yum); where it is not said, as it is. `false` also lets this very task change the version.',
    }),
  ),
  holds: Type.Optional(
    Type.Enum(['respect', 'lift'], {
      default: 'respect',
      description:
        'What a hold means to this task: held packages stay as they are, or give way to this one transaction and are held again after it, at the version that is there then.',
    }),
  ),
  protect: Type.Optional(
    Type.Array(Type.String({ minLength: 1 }), {
      description:
        'Names and patterns (`docker*`) of packages that must not be removed along with the change; the task is refused if they would be. The running kernel, openssh-server, sudo and systemd are protected anyway, unless the task itself names them to be absent.',
    }),
  ),
  autoremove: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'With `absent`: also removes what came along with them and nothing needs any more.',
    }),
  ),
  lock_timeout: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 1500,
      default: 60,
      description: 'How many seconds to wait for another program that holds the lock of the package manager.',
    }),
  ),
};
