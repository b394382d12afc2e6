import type { Work } from './works.ts';

/** What a host has to do, and how far it is. */
export class WorkList {
  readonly works: Work[];
  /** The work at hand, as an index into `works`. */
  at = 0;
  /** Which works make a name. */
  readonly #makers = new Map<string, Work[]>();

  constructor(works: readonly Work[]) {
    this.works = [...works];
    this.#number(0);
    for (const work of works) this.#noteMaker(work);
  }

  get current(): Work | undefined {
    return this.works[this.at];
  }

  /** Puts works after another one. What was prepared beyond them is prepared again: they may change what it is made of. */
  insertAfter(work: Work, added: readonly Work[]): void {
    if (added.length === 0) return;
    this.works.splice(work.position + 1, 0, ...added);
    this.#number(work.position + 1);
    for (const one of added) this.#noteMaker(one);
    for (const one of this.works.slice(work.position + 1 + added.length)) forgetPrepared(one);
  }

  /** Puts works after all others. */
  append(added: readonly Work[]): void {
    const from = this.works.length;
    this.works.push(...added);
    this.#number(from);
    for (const one of added) this.#noteMaker(one);
  }

  /** Takes works out that will not be run. */
  dropAfter(work: Work, isDropped: (work: Work) => boolean): void {
    this.#remove(work.position + 1, isDropped);
  }

  /** Whether a work from the one at hand to before `index` makes a name. */
  isMadeBefore(name: string, index: number): boolean {
    return this.#makers.get(name)?.some(({ position }) => position >= this.at && position < index) ?? false;
  }

  #remove(from: number, isDropped: (work: Work) => boolean): void {
    const kept: Work[] = [];
    for (const work of this.works.slice(from)) {
      if (isDropped(work)) work.position = -1;
      else kept.push(work);
    }
    this.works.splice(from, this.works.length - from, ...kept);
    this.#number(from);
  }

  #number(from: number): void {
    for (let index = from; index < this.works.length; index += 1)
      (this.works[index] as Work).position = index;
  }

  #noteMaker(work: Work): void {
    if (work.kind !== 'task') return;
    for (const name of work.task.produces) {
      const makers = this.#makers.get(name);
      if (makers) makers.push(work);
      else this.#makers.set(name, [work]);
    }
  }
}

function forgetPrepared(work: Work): void {
  if (work.kind !== 'task' || !work.units) return;
  // Changes that went along with earlier ones are on the host: their units stay as they were sent.
  if (work.units.some((unit) => unit.made || unit.done)) return;
  delete work.units;
}
