import { Type } from 'typebox';
import type { Directive } from '../contract/module.ts';

const args = Type.Object(
  {},
  {
    additionalProperties: true,
    minProperties: 1,
    description: 'Any names with their values.',
    fettle: 'freeKeys',
  },
);

/** Sets variables of the host. */
export const setFact: Directive<Readonly<Record<string, unknown>>> = {
  kind: 'directive',
  name: 'set_fact',
  summary: 'Sets variables of the host, from this task to the end of the run.',
  args,
  notes: [
    'A value that is one template keeps its type: `"{{ list }}"` stays a list.',
    'Other hosts see them as `hostvars.NAME.KEY`.',
  ],
  run: (values) => ({ facts: { ...values }, values: { ansible_facts: { ...values } } }),
};
