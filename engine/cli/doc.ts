import { FettleError } from '../errors.ts';
import { insteadOf } from '../load/ansible_modules.ts';
import { plainName } from '../load/find_module.ts';
import { registry } from '../modules/index.ts';
import { modulePage } from '../report/module_page.ts';
import { didYouMean } from '../template/closest.ts';
import { exitStatus } from './exit.ts';

/** `fettle doc [MODULE]` */
export async function doc([name]: readonly string[]): Promise<number> {
  if (name === undefined) {
    const width = Math.max(...Object.keys(registry).map((one) => one.length));
    for (const load of Object.values(registry)) {
      const module = await load();
      process.stdout.write(`${module.name.padEnd(width)}  ${module.summary}\n`);
    }
    return exitStatus.fine;
  }
  const plain = plainName(name);
  const load = registry[plain];
  if (!load) {
    throw new FettleError('usage', {
      summary: `there is no module ${name}`,
      next: insteadOf(plain) ?? didYouMean(plain, Object.keys(registry)) ?? '`fettle doc` lists them',
    });
  }
  process.stdout.write(modulePage(await load()));
  return exitStatus.fine;
}
