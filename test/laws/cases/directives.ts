import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';

/** The name of the variable that a template gives. */
const nameIn = (template: string) => template.replaceAll(/[{} ]/g, '');

export const assert: ModuleCases = {
  cases: [
    { title: 'what is true', changes: false, args: () => ({ that: ['1 + 1 == 2', "'a' in ['a']"] }) },
    {
      title: 'what is not true',
      changes: false,
      fails: 'not true: 1 > 2',
      args: () => ({ that: '1 > 2', fail_msg: 'too small' }),
    },
  ],
  hostile: [
    {
      argument: 'that',
      takes: 'text',
      nul: 'kept',
      large: true,
      args: (_folder, value) => ({ that: `${nameIn(value)} == ${nameIn(value)} + ''`, success_msg: value }),
      after: (_folder, value, { register }) => expect(register['msg']).toBe(value),
    },
    {
      argument: 'fail_msg',
      takes: 'text',
      nul: 'kept',
      fails: 'always',
      args: (_folder, value) => ({ that: 'false', fail_msg: value }),
      after: (_folder, value, { register }) => expect(register['msg']).toBe(value),
    },
  ],
};

export const debug: ModuleCases = {
  cases: [
    { title: 'a text', changes: false, args: () => ({ msg: 'one\ntwo' }) },
    { title: 'a map', changes: false, args: () => ({ msg: { a: [1, true, null] } }) },
    { title: 'an expression', changes: false, args: () => ({ var: '[1, 2].size()' }) },
  ],
  hostile: [
    {
      argument: 'msg',
      takes: 'text',
      nul: 'kept',
      large: true,
      args: (_folder, value) => ({ msg: value }),
      after: (_folder, value, { register, said }) => {
        expect(register['msg']).toBe(value);
        expect(said.join('\n')).toContain(value);
      },
    },
    {
      argument: 'var',
      takes: 'text',
      nul: 'kept',
      args: (_folder, value) => ({ var: nameIn(value) }),
      after: (_folder, value, { said }) => expect(said.join('\n')).toContain(`: ${value}`),
    },
  ],
};

export const fail: ModuleCases = {
  cases: [{ title: 'a message', changes: false, fails: 'no more', args: () => ({ msg: 'no more' }) }],
  hostile: [
    {
      argument: 'msg',
      takes: 'text',
      nul: 'kept',
      large: true,
      fails: 'always',
      args: (_folder, value) => ({ msg: value }),
      after: (_folder, value, { register }) => expect(register['msg']).toBe(value),
    },
  ],
};

export const setFact: ModuleCases = {
  cases: [
    { title: 'a text', changes: false, args: () => ({ one: 'a', two: 'b' }) },
    { title: 'a map of lists', changes: false, args: () => ({ one: { a: [1, 2, { b: null }] } }) },
  ],
  hostile: [
    {
      argument: 'a value',
      takes: 'text',
      nul: 'kept',
      large: true,
      args: (_folder, value) => ({ [`of_${nameIn(value)}`]: { deep: [value] } }),
      after: (_folder, value, { register }) =>
        expect(JSON.stringify(register)).toContain(JSON.stringify(value)),
    },
  ],
};
