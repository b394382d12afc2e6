import type { Script } from '../shell/script.ts';

/** A thing on a host that a change may alter and a fact may tell of: "path:/etc/x", "unit:kubelet". */
export type Key = `${string}:${string}`;

/** The key, within `about`, of a directory with everything in it: for what is read of a whole tree or of whatever lies in a folder. */
export function below(path: string): Key {
  return `below:${path}`;
}

/**
 * A question that is asked of many keys at once: one script for all of them, one answer a key.
 * A host fact has one key only, `undefined`.
 */
export interface Fact<Subject, Answer> {
  readonly name: string;
  /** What makes two questions the same; also their name in records. */
  id(subject: Subject): string;
  /** The things whose change makes the answer stale; a path is also made stale by a change of its ancestors, `below` by what is in it. */
  about(subject: Subject): readonly Key[];
  /** One read-only script for all subjects, without growing forks; at most `chunk` subjects a call. */
  ask(subjects: readonly Subject[]): Script;
  /**
   * One answer a subject, in their order, from the script's standard output and exit status.
   * Throws Unsettled where the host changed under the question.
   */
  parse(output: Buffer, subjects: readonly Subject[], code: number): readonly Answer[];
  /** The part of an answer that an undo must give back; the whole answer where absent. */
  lasting?(answer: Answer, subject?: Subject): unknown;
  /**
   * The answer that is certain where an ancestor directory has just been predicted (check mode),
   * or undefined where nothing is certain.
   */
  under?(subject: Subject, ancestor: string): Answer | undefined;
  /** The same answer as another question on the same thing would get it (a text where "same" was asked), if that is certain. */
  restate?(answer: Answer, subject: Subject): Answer | undefined;
  /** Text of the user's: asked in an ACT frame, only when its task is reached. */
  readonly usersOwn?: true;
  /** How many subjects one script may carry; 1,000 where absent. */
  readonly chunk?: number;
}

/** Thrown by a parser when what it reads moved while it was read: the engine asks again. */
export class Unsettled extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'Unsettled';
  }
}

/** One subject put to one fact. */
export interface Question<Subject = unknown, Answer = unknown> {
  readonly fact: Fact<Subject, Answer>;
  readonly subject: Subject;
}
