import { expect, test } from 'vitest';
import { setFact } from '../../engine/modules/set_fact.ts';

test('values keep their types', () => {
  const values = { one: 1, list: ['a'], map: { b: true } };
  expect(setFact.run(values)).toEqual({ facts: values, values: { ansible_facts: values } });
});

test('any name is taken', () => {
  expect(setFact.args).toMatchObject({ additionalProperties: true, fettle: 'freeKeys' });
});
