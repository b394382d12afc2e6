import { newRunName, readRunRecord, RunRecord } from '../journal/run_record.ts';
import type { Event } from '../run/events.ts';
import { Controller } from './controller.ts';
import { listenForInterrupt } from './interrupt.ts';
import type { HostOptions } from './options.ts';
import { Outlet } from './outlet.ts';
import { reportersOf } from './reporters.ts';
import { runsFolder } from './state_folder.ts';
import { takeBack } from './take_back.ts';

/** `fettle undo RUN`: with the inventories of that run, unless others are given. */
export async function undo([run = '']: readonly string[], options: HostOptions): Promise<number> {
  const folder = runsFolder(process.env);
  const events = readRunRecord(folder, run) as readonly Event[];
  const controller = await Controller.open(asInRun(events, options), []);
  const reporters = reportersOf(options.output, options);
  const name = newRunName(new Date());
  const record = new RunRecord(folder, name);
  const outlet = new Outlet(reporters, controller.secrets, record);
  const interrupt = listenForInterrupt(reporters);
  try {
    return await takeBack(controller, { run, events }, options, {
      run: name,
      emit: (event) => outlet.emit(event),
      flush: () => record.flush(),
      interrupted: () => interrupt.wasAsked,
    });
  } finally {
    interrupt.stop();
    await outlet.close();
  }
}

/** The options with the inventories of a run and its ways to hosts where nothing else is said. */
export function asInRun(events: readonly Event[], options: HostOptions): HostOptions {
  const started = events.find((event) => event.event === 'run_started');
  const inventory = options.inventory.length > 0 ? options.inventory : (started?.inventories ?? []);
  return { ...started?.reach, ...options, inventory };
}
