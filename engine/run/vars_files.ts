import { FettleError } from '../errors.ts';
import type { Variables, VarsFile } from '../load/playbook.ts';
import type { PlayState } from './play_state.ts';
import { known } from './run_unit.ts';

/** Reads those `vars_files` of a play whose names depend on the host; later ones stand above earlier ones. */
export async function readVarsFiles(state: PlayState): Promise<void> {
  let all: Variables = {};
  for (const file of state.play.varsFiles) {
    all = { ...all, ...(await readOne(state, file)) };
    state.layers.files = all;
  }
}

async function readOne(state: PlayState, { paths, at, load }: VarsFile): Promise<Variables> {
  const tried: string[] = [];
  for (const path of paths) {
    const scope = state.scope({ vars: {} });
    await known(state, path.references, scope);
    const name = String(path.render(scope));
    tried.push(name);
    const found = await load(name);
    if (found) return found;
  }
  throw new FettleError('task', {
    summary: `there is no file of variables for ${state.host.name}`,
    detail: `looked for ${tried.join(', ')}`,
    next: 'add one of them, or a last name that always exists',
    position: at,
  });
}
