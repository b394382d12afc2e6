import { loadAdHoc } from '../load/ad_hoc.ts';
import { registry } from '../modules/index.ts';
import { Controller } from './controller.ts';
import { execute } from './execute.ts';
import type { HostOptions } from './options.ts';

/** `fettle do PATTERN MODULE [k=v…]` */
export async function doOnce(words: readonly string[], options: HostOptions): Promise<number> {
  const [pattern = '', module = '', ...pairs] = words;
  const playbook = await loadAdHoc(pattern, module, pairs, registry);
  const controller = await Controller.open(options, ['.']);
  return execute(controller, [playbook], { ...options, verbose: Math.max(options.verbose, 1) });
}
