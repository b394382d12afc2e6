import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { FettleError } from '../../engine/errors.ts';
import { knownRuns, newRunName, readRunRecord, RunRecord } from '../../engine/journal/run_record.ts';
import { scratch } from '../facts/look.ts';
import { canMount, mountSmall } from '../run/tmpfs.ts';

const root = scratch();

test('a run is named by its time, so that names sort by it', () => {
  expect(newRunName(new Date('2026-03-04T05:06:07.890Z'))).toMatch(/^20260304-050607-[0-9a-f]{8}$/);
});

test('a record is closed to others: the file 0600, its folders 0700', () => {
  const record = new RunRecord(join(root, 'state', 'runs'), 'r1');
  record.close();
  const mode = (...path: string[]): number => statSync(join(root, ...path)).mode & 0o777;
  expect(mode('state', 'runs', 'r1', 'events.jsonl')).toBe(0o600);
  expect([mode('state'), mode('state', 'runs'), mode('state', 'runs', 'r1')]).toEqual([0o700, 0o700, 0o700]);
});

test('what is flushed is on file at once, the rest soon and at the latest at the end', async () => {
  const record = new RunRecord(join(root, 'runs'), 'r2');
  const text = (): string => readFileSync(join(record.folder, 'events.jsonl'), 'utf8');
  record.append('{"a":1}');
  expect(text()).toBe('');
  record.flush();
  expect(text()).toBe('{"a":1}\n');
  record.append('{"b":2}');
  await new Promise((resolve) => setImmediate(resolve));
  expect(text()).toBe('{"a":1}\n{"b":2}\n');
  record.append('{"c":3}');
  record.close();
  expect(readRunRecord(join(root, 'runs'), 'r2')).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
});

test.each(['{"cut', '{"cut":1}', '\u20ac'])('a last line that was cut (%j) is left out', (cut) => {
  const runs = join(root, `cut ${cut.length}`);
  mkdirSync(join(runs, 'r'), { recursive: true });
  writeFileSync(join(runs, 'r', 'events.jsonl'), '{"whole":1}\n');
  appendFileSync(join(runs, 'r', 'events.jsonl'), cut);
  expect(readRunRecord(runs, 'r')).toEqual([{ whole: 1 }]);
});

describe('errors', () => {
  const caught = (act: () => unknown): FettleError => {
    try {
      act();
    } catch (error) {
      if (error instanceof FettleError) return error;
      throw error;
    }
    throw new Error('nothing was thrown');
  };

  test('a run that is not known names those that are', () => {
    const runs = join(root, 'some');
    for (const run of ['r1', 'r2']) new RunRecord(runs, run).close();
    expect(caught(() => readRunRecord(runs, 'r3'))).toMatchObject({
      kind: 'usage',
      message: 'there is no run r3',
      next: 'known runs: r1, r2',
    });
    expect(knownRuns(join(root, 'none'))).toEqual([]);
  });

  test('a record that cannot be kept', () => {
    writeFileSync(join(root, 'file'), '');
    expect(caught(() => new RunRecord(join(root, 'file', 'runs'), 'r'))).toMatchObject({
      kind: 'journal',
      next: 'set FETTLE_STATE to a folder that you may write',
    });
  });

  test('a record is never written over another', () => {
    new RunRecord(root, 'twice').close();
    expect(caught(() => new RunRecord(root, 'twice')).kind).toBe('journal');
  });
});

describe.runIf(canMount)('a full disk on the controller (needs root, who may mount)', () => {
  let unmount: () => void = () => undefined;
  afterEach(() => unmount());

  test('is told before a change is sent; nothing is lost when there is room again', async () => {
    const runs = join(root, 'full');
    mkdirSync(runs);
    unmount = mountSmall(runs, 64);
    const record = new RunRecord(runs, 'r');
    const line = JSON.stringify({ text: 'x'.repeat(1000) });
    for (let n = 0; n < 100; n += 1) record.append(line);
    await new Promise((resolve) => setImmediate(resolve));
    expect(() => record.flush()).toThrow(FettleError);
    expect(() => record.close()).toThrow(/cannot be written any more/);
    const whole = readRunRecord(runs, 'r');
    expect(whole.length).toBeGreaterThan(20);
    expect(new Set(whole.map((one) => JSON.stringify(one)))).toEqual(new Set([line]));
  });
});
