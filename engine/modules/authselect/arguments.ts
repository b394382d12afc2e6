import { type Static, Type } from 'typebox';

const feature = Type.String({
  pattern: '^[A-Za-z0-9_][A-Za-z0-9_.+-]*$',
  errorMessage: 'must be the name of a feature, such as with-faillock',
});

/** The schema of `authselect`. */
export const authselectArguments = Type.Object(
  {
    profile: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_][A-Za-z0-9_./+-]*$',
        errorMessage: 'must be the name of a profile, such as sssd',
        description: 'The profile that is to be selected; the one that is where it is left out.',
      }),
    ),
    enable: Type.Optional(Type.Array(feature, { description: 'Features that are to be on.' })),
    disable: Type.Optional(Type.Array(feature, { description: 'Features that are to be off.' })),
    backup: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*$',
        default: 'before-fettle',
        description: 'The name under which authselect keeps a copy of its files first; undo removes it.',
      }),
    ),
    force: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Whether files that somebody changed by hand, or that another program made, are written over. Needs `profile`.',
      }),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
);

export type AuthselectArgs = Static<typeof authselectArguments>;
