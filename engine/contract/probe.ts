import type { Script } from '../shell/script.ts';
import type { Fact, Key, Question } from './fact.ts';

/** What a module wants to know of a host, and how the answers become its state. */
export interface Probe<State> {
  readonly questions: readonly Question[];
  assemble(answers: readonly unknown[]): State;
}

/** Asks one fact of one subject. */
export function ask<Subject, Answer>(fact: Fact<Subject, Answer>, subject: Subject): Probe<Answer> {
  return {
    questions: [{ fact, subject } as Question],
    assemble: ([answer]) => answer as Answer,
  };
}

/** Asks several probes together; the state has their names. */
export function all<States extends Record<string, unknown>>(
  probes: { readonly [Name in keyof States]: Probe<States[Name]> },
): Probe<States> {
  const entries = Object.entries(probes) as [keyof States, Probe<unknown>][];
  return {
    questions: entries.flatMap(([, probe]) => probe.questions),
    assemble: (answers) => {
      let from = 0;
      const states: Partial<States> = {};
      for (const [name, probe] of entries) {
        const own = answers.slice(from, from + probe.questions.length);
        states[name] = probe.assemble(own) as States[keyof States];
        from += own.length;
      }
      return states as States;
    },
  };
}

/** Asks a list of probes of one kind; the state is the list of theirs. */
export function each<State>(probes: readonly Probe<State>[]): Probe<readonly State[]> {
  const named = Object.fromEntries(probes.map((probe, index) => [String(index), probe]));
  const together = all<Record<string, State>>(named);
  return {
    questions: together.questions,
    assemble: (answers) => {
      const states = together.assemble(answers);
      return probes.map((_, index) => states[String(index)] as State);
    },
  };
}

/** Knows the state without asking. */
export function known<State>(state: State): Probe<State> {
  return { questions: [], assemble: () => state };
}

/** Turns the state of a probe into another. */
export function map<From, To>(probe: Probe<From>, into: (state: From) => To): Probe<To> {
  return { questions: probe.questions, assemble: (answers) => into(probe.assemble(answers)) };
}

/** The answer to a script that no fact covers. */
export interface Answered {
  readonly code: number;
  readonly output: string;
}

/**
 * Asks with a read-only script of the module's own, for what no fact fits.
 * `about` lists what it reads; `usersOwn` marks text of the user's (`unless`), which waits for its turn.
 */
export function askScript(
  name: string,
  script: Script,
  about: readonly Key[],
  usersOwn = false,
): Probe<Answered> {
  const fact: Fact<Script, Answered> = {
    name,
    id: (subject) => subject.text,
    about: () => about,
    ask: (subjects) => subjects[0] as Script,
    parse: (output, _subjects, code) => [{ code, output: output.toString('utf8') }],
    chunk: 1,
    ...(usersOwn ? { usersOwn: true } : {}),
  };
  return ask(fact, script);
}
