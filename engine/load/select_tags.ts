import type { Warn } from './mistakes.ts';
import { FettleError } from '../errors.ts';
import type { Block, Include, Included, Play, Step } from './playbook.ts';
import { tasksOf } from './tasks_of.ts';

/** What `--tags` and `--skip-tags` say; no tags at all means all. */
export interface Selection {
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
}

/** The play with the steps that are meant; handlers stay. Tells of includes that would bring nothing. */
export function selectPlay(play: Play, selection: Selection, warn: Warn): Play {
  const select = new Selector(selection, warn);
  return { ...play, steps: select.steps(play.steps), gate: select.steps(play.gate) };
}

/** Whether a step with these tags is meant; as Ansible decides it. */
export function isSelected(own: readonly string[], { tags, skipTags }: Selection): boolean {
  const isTagged = own.length > 0;
  const names = isTagged ? own : ['untagged'];
  const never = own.includes('never');
  const wanted = tags.length === 0 ? ['all'] : tags;
  const isWanted =
    own.includes('always') ||
    (wanted.includes('all') && !never) ||
    names.some((name) => wanted.includes(name)) ||
    (wanted.includes('tagged') && isTagged && !never);
  if (!isWanted) return false;
  if (skipTags.includes('all')) return own.includes('always') && !skipTags.includes('always');
  return !names.some((name) => skipTags.includes(name)) && !(skipTags.includes('tagged') && isTagged);
}

class Selector {
  readonly #selection: Selection;
  readonly #warn: Warn;

  constructor(selection: Selection, warn: Warn) {
    this.#selection = selection;
    this.#warn = warn;
  }

  steps(steps: readonly Step[]): readonly Step[] {
    return steps.flatMap((step) => {
      if (step.kind === 'block') return this.#block(step);
      if (!isSelected(step.tags, this.#selection)) return [];
      return step.kind === 'include' ? [this.#include(step)] : [step];
    });
  }

  // Once one of its tasks is meant, what rescues and what cleans up comes with it, whatever tags it has.
  #block(step: Block): readonly Step[] {
    const block = this.steps(step.block);
    if (block.length > 0) return [{ ...step, block }];
    const always = this.steps(step.always);
    return always.length > 0 ? [{ ...step, block, rescue: [], always }] : [];
  }

  #include(step: Include): Include {
    const selected = new Map<Included, Included>();
    const select = (included: Included): Included => {
      const known = selected.get(included) ?? { ...included, steps: this.steps(included.steps) };
      selected.set(included, known);
      return known;
    };
    const known = step.known && select(step.known);
    if (known && known.steps.length === 0 && tasksOf(step.known?.steps ?? []).length > 0)
      this.#warn(
        new FettleError('playbook', {
          summary: `None of the tasks that this \`${step.keyword}\` brings has a tag that is asked for`,
          next: 'Tags beside an include choose only the include itself: give its tasks some with `apply: {tags: […]}`.',
          position: step.at,
        }),
      );
    return {
      ...step,
      ...(known ? { known } : {}),
      load: async (target, from) => select(await step.load(target, from)),
    };
  }
}
