import type { Play } from '../load/playbook.ts';
import type { RunContext } from './context.ts';
import type { Course } from './course.ts';
import type { Host } from './host.ts';
import type { Layers } from './variables.ts';

/** What a host's way through a play needs. */
export interface PlayParts {
  readonly context: RunContext;
  readonly host: Host;
  readonly play: Play;
  readonly course: Course;
  readonly layers: Layers;
  /** The hosts to delegate to. */
  readonly delegates: (name: string) => Delegate;
  /** Handlers that are due from the start, by name. */
  readonly due: readonly string[];
}

/** A host that is worked on, and the variables that say how it is reached. */
export interface Target {
  readonly host: Host;
  readonly variables: (name: string) => unknown;
}

/** A host that tasks are delegated to, with connections of its own for that. */
export interface Delegate extends Target {
  /** The same host where it goes through the run itself. */
  readonly itself: Host | undefined;
  /** Acts when no other task is delegated to it. */
  alone<Value>(act: () => Promise<Value>): Promise<Value>;
}
