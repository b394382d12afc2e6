import { expect, test } from 'vitest';
import { waitForConnection } from '../../engine/modules/wait_for_connection.ts';
import { shells } from '../facts/look.ts';
import { runHere } from './act.ts';

const about = { host: 'h' };

test('it only looks, and needs no connection to begin with', () => {
  expect(waitForConnection.offline).toBe(true);
  expect(waitForConnection.reads({})).toBe(true);
});

test.each([
  [{}, { delay: 0, timeout: 600, pause: 1, connectTimeout: 5, stable: 0 }],
  [
    { delay: 3, sleep: 0.5, timeout: 9, connect_timeout: 2 },
    { delay: 3, timeout: 9, pause: 0.5, connectTimeout: 2, stable: 0 },
  ],
])('%j', (args, wanted) => {
  expect(waitForConnection.run(args, about).reconnect).toMatchObject(wanted);
});

test('a host counts as there when a command has run', () => {
  const ready = waitForConnection.run({}, about).reconnect?.ready;
  expect(ready?.({ code: 0, output: '' }, undefined)).toBe(true);
  expect(ready?.({ code: 74, output: '' }, undefined)).toContain('status 74');
});

test.each(shells)('what it runs on %s', (shell) => {
  expect(runHere(shell, waitForConnection.run({}, about))).toEqual({ changed: false, values: {} });
});
