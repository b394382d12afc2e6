import { type Static, Type } from 'typebox';

// pam-auth-update passes over names that end in a tilde or stand between hashes.
const profileName = '^[A-Za-z0-9_][A-Za-z0-9_.+-]*$';
const name = Type.String({ pattern: profileName, errorMessage: 'must be the name of a profile' });

/** The schema of `pam_auth_update`. */
export const pamAuthUpdateArguments = Type.Object(
  {
    enable: Type.Optional(
      Type.Array(name, { description: 'Profiles that are to be in force, by the names of their files.' }),
    ),
    disable: Type.Optional(
      Type.Array(name, { description: 'Profiles that are not to be in force; their files stay.' }),
    ),
    profiles: Type.Optional(
      Type.Record(Type.String({ pattern: profileName }), Type.String({ minLength: 1 }), {
        additionalProperties: false,
        description:
          'Files of /usr/share/pam-configs by name, with their text. Lines of PAM begin with a TAB; other blanks there become one.',
      }),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
);

export type PamAuthUpdateArgs = Static<typeof pamAuthUpdateArguments>;
