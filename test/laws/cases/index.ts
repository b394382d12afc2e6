import type { ModuleCases } from '../law_case.ts';
import { command } from './command.ts';
import { copy } from './copy.ts';
import { assert, debug, fail, setFact } from './directives.ts';
import { file } from './file.ts';
import { lineinfile } from './lineinfile.ts';
import { properties } from './properties.ts';
import { shell } from './shell.ts';
import { stat } from './stat.ts';
import { systemd } from './systemd.ts';
import { waitFor } from './wait_for.ts';

/** The cases of every module, by its name. */
export const moduleCases: Readonly<Record<string, ModuleCases>> = {
  assert,
  command,
  copy,
  debug,
  fail,
  file,
  lineinfile,
  properties,
  set_fact: setFact,
  shell,
  stat,
  systemd,
  wait_for: waitFor,
};
