import { FettleError } from '../errors.ts';
import { newRunName, RunRecord } from '../journal/run_record.ts';
import type { Playbook } from '../load/playbook.ts';
import { LocalFiles } from '../run/local_files.ts';
import { carryOut } from './carry_out.ts';
import type { Controller } from './controller.ts';
import { listenForInterrupt } from './interrupt.ts';
import type { HostOptions, SelectionOptions } from './options.ts';
import { Outlet } from './outlet.ts';
import { preflight } from './preflight.ts';
import { askAtTerminal } from './question.ts';
import { annotated, reportersOf } from './reporters.ts';
import { runsFolder } from './state_folder.ts';
import { requireTerminal } from './step.ts';

/** Runs playbooks that were loaded: checks what can be checked, keeps the record, shows it. Gives the exit status. */
export async function execute(
  controller: Controller,
  playbooks: readonly Playbook[],
  options: HostOptions & Partial<SelectionOptions> & { readonly step?: boolean },
): Promise<number> {
  requireTerminal(options.step);
  if (options.exitCode && !options.check)
    throw new FettleError('usage', {
      summary: '`--exit-code` tells of pending changes, which only a check leaves',
      next: 'add --check, or leave it out',
    });
  const local = new LocalFiles();
  await annotated(options.output, () => preflight(controller, playbooks, local));
  const run = newRunName(new Date());
  const reporters = reportersOf(options.output, options);
  const record = new RunRecord(runsFolder(process.env), run);
  const outlet = new Outlet(reporters, controller.secrets, record);
  const interrupt = listenForInterrupt(reporters);
  const ask = askAtTerminal({ reporters, secrets: controller.secrets, interrupt });
  try {
    return await carryOut(controller, playbooks, options, {
      run,
      local,
      emit: (event) => outlet.emit(event),
      flush: () => record.flush(),
      interrupted: () => interrupt.wasAsked,
      ...(ask ? { ask } : {}),
    });
  } finally {
    interrupt.stop();
    await outlet.close();
  }
}
