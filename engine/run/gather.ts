import { Unsettled, type Fact, type Question } from '../contract/fact.ts';
import { FettleError } from '../errors.ts';
import type { Script } from '../shell/script.ts';
import type { Frame, FrameResult, Identity } from '../transport/transport.ts';
import { idOf, nameOf, type Answer, type Answers } from './answers.ts';

const usersOwnTimeout = 300;
const defaultChunk = 1000;

/** The questions of one identity, unique, in the order they were put. */
export class Questions {
  readonly identity: Identity;
  readonly #byName = new Map<string, Question>();

  constructor(identity: Identity) {
    this.identity = identity;
  }

  add(question: Question): void {
    const name = nameOf(this.identity.key, question);
    if (!this.#byName.has(name)) this.#byName.set(name, question);
  }

  get list(): readonly Question[] {
    return [...this.#byName.values()];
  }

  get size(): number {
    return this.#byName.size;
  }
}

/** The questions that one frame carries. */
interface Asked {
  readonly fact: Fact<unknown, unknown>;
  readonly questions: readonly Question[];
}

/** Frames that ask a set of questions, one a fact, and the reader of their results. */
export interface Inquiry {
  readonly frames: readonly Frame[];
  /** Keeps the answers; gives the questions to ask again because the host moved under them. */
  read(results: readonly FrameResult[], answers: Answers): readonly Question[];
}

/** Scripts of questions that many hosts are asked alike. */
export class ScriptCache {
  readonly #scripts = new Map<string, Script>();

  script({ fact, questions }: Asked): Script {
    const name = questions.map(idOf).join('\0\0');
    const cached = this.#scripts.get(name);
    if (cached) return cached;
    const script = fact.ask(questions.map((question) => question.subject));
    if (this.#scripts.size >= 256) this.#scripts.clear();
    this.#scripts.set(name, script);
    return script;
  }
}

/** Gathers questions by fact into as few frames as can be. */
export function inquire(questions: Questions, cache: ScriptCache): Inquiry {
  const asked = byFact(questions.list);
  return {
    frames: asked.map((part) => frameOf(part, cache)),
    read: (results, answers) =>
      asked.flatMap((part, index) => {
        const result = results[index];
        if (!result) return part.questions;
        return readPart(part, result, (question, answer) =>
          answers.set(questions.identity.key, question, answer),
        );
      }),
  };
}

function byFact(questions: readonly Question[]): readonly Asked[] {
  const facts = new Map<Fact<unknown, unknown>, Question[]>();
  for (const question of questions) {
    const list = facts.get(question.fact);
    if (list) list.push(question);
    else facts.set(question.fact, [question]);
  }
  return [...facts].flatMap(([fact, list]) => {
    const size = fact.chunk ?? defaultChunk;
    const chunks: Asked[] = [];
    for (let from = 0; from < list.length; from += size) {
      chunks.push({ fact, questions: list.slice(from, from + size) });
    }
    return chunks;
  });
}

function frameOf(part: Asked, cache: ScriptCache): Frame {
  const script = cache.script(part);
  if (part.fact.usersOwn) return { kind: 'act', name: part.fact.name, script, timeout: usersOwnTimeout };
  return { kind: 'look', name: part.fact.name, script };
}

function readPart(
  { fact, questions }: Asked,
  result: FrameResult,
  keep: (question: Question, answer: Answer) => void,
): readonly Question[] {
  try {
    const subjects = questions.map((question) => question.subject);
    const values = fact.parse(result.stdout, subjects, result.code);
    questions.forEach((question, index) => keep(question, { value: values[index] }));
    return [];
  } catch (error) {
    if (error instanceof Unsettled) return questions;
    const failure = lookFailed(fact.name, result, error);
    for (const question of questions) keep(question, { error: failure });
    return [];
  }
}

function lookFailed(fact: string, result: FrameResult, cause: unknown): FettleError {
  if (cause instanceof FettleError) return cause;
  const said = result.stderr.toString('utf8').trim();
  return new FettleError('task', {
    summary: `cannot look at the host: the question "${fact}" got no usable answer (status ${result.code})`,
    detail: said || (cause instanceof Error ? cause.message : String(cause)),
    next: 'run again with -vvv to see what was asked and answered',
    cause,
  });
}
