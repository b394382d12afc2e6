/*
 * Loaded into fettle before it starts (`node --import`), so that the program itself knows nothing of being measured. Writes
 * into $FETTLE_BENCH_FIGURES when it ends: the most memory it had, and how long the event loop was held up at most, on the
 * clock, and by the CPU that the main thread used meanwhile, which is what it would be on a machine with nothing else to do.
 */
import { openSync, readSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolution = 10;
const delay = monitorEventLoopDelay({ resolution });
delay.enable();

const schedule = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
const buffer = Buffer.alloc(64);
let before = used();
let most = 0;
setInterval(look, resolution).unref();

process.on('exit', () => {
  look();
  delay.disable();
  const figures = {
    memory: process.resourceUsage().maxRSS * 1024,
    stall: delay.max / 1e9,
    stallByCpu: most,
  };
  writeFileSync(process.env['FETTLE_BENCH_FIGURES'], JSON.stringify(figures));
});

function look() {
  const now = used();
  most = Math.max(most, now - before);
  before = now;
}

/** Seconds of CPU of the main thread. */
function used() {
  return Number.parseInt(buffer.toString('latin1', 0, readSync(schedule, buffer, 0, buffer.length, 0)), 10) / 1e9;
}
