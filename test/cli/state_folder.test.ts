import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runsFolder } from '../../engine/cli/state_folder.ts';

const home = '/home/dev';
const own = '/home/dev/.local/state/fettle/runs';

test.each<[string, Readonly<Record<string, string>>, string]>([
  ['the home folder', { HOME: home }, own],
  ['$XDG_STATE_HOME', { HOME: home, XDG_STATE_HOME: '/var/state' }, '/var/state/fettle/runs'],
  ['one that is empty', { HOME: home, XDG_STATE_HOME: '' }, own],
  ['one that is not absolute', { HOME: home, XDG_STATE_HOME: 'state' }, own],
  ['$FETTLE_STATE', { HOME: home, XDG_STATE_HOME: '/var/state', FETTLE_STATE: '/srv/f' }, '/srv/f/runs'],
  ['an empty one', { HOME: home, FETTLE_STATE: '' }, own],
  ['no $HOME', {}, join(homedir(), '.local/state/fettle/runs')],
  ['an empty $HOME', { HOME: '' }, join(homedir(), '.local/state/fettle/runs')],
])('where runs are recorded: %s', (_what, environment, folder) => {
  expect(runsFolder(environment)).toBe(folder);
});
