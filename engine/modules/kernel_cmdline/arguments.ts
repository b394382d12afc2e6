import { type Static, Type } from 'typebox';

const word = {
  pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:=[A-Za-z0-9_.,:;/@%+=~-]*)?$',
  errorMessage: 'must be one argument such as "panic=10" or "quiet", without blanks and quotes',
};
const words = (description: string) =>
  Type.Optional(
    Type.Union([Type.String(word), Type.Array(Type.String(word), { minItems: 1 })], { description }),
  );

/** The schema of `kernel_cmdline`. */
export const kernelCmdlineArguments = Type.Object(
  {
    present: words(
      'Arguments that every kernel is to be given: "panic=10", ["quiet", "audit=1"]. Another value of the same name gives way to it.',
    ),
    absent: words(
      'Arguments that none is to be given: "rhgb" with whatever value, or "console=tty0" with this one alone.',
    ),
  },
  { additionalProperties: false, anyOf: [{ required: ['present'] }, { required: ['absent'] }] },
);

export type KernelCmdlineArgs = Static<typeof kernelCmdlineArguments>;

/** One argument or several, as a list. */
export function listOf(given: string | readonly string[] | undefined): readonly string[] {
  if (given === undefined) return [];
  return typeof given === 'string' ? [given] : given;
}
