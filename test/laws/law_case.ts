/** One way to use a module, for the laws that every module keeps. */
export interface LawCase {
  readonly title: string;
  /** Brings the scratch folder into the state that is found. */
  prepare?(root: string): void;
  /** The arguments; paths lie in `root`. */
  args(root: string): Readonly<Record<string, unknown>>;
  /** Whether it finds something to change; `always` where it changes each time it is run. */
  readonly changes: boolean | 'always';
  /** What must be so afterwards, beside the module's own proof. */
  after?(root: string): void;
  /** Why its undo cannot give everything back. */
  readonly impossible?: true;
  /** It is meant to fail, with this in its message. */
  readonly fails?: string;
  /** Needs root: owners, other users' files. */
  readonly asRoot?: true;
  /** Entries of a root directory of its own, in which the case runs. */
  readonly inside?: Readonly<Record<string, Entry>>;
}

/** An argument that takes values from anywhere. */
export interface HostileArgument {
  readonly argument: string;
  /** `name`: a file's name; `line`: text without a line end; `text`: anything. */
  readonly takes: 'name' | 'line' | 'text';
  /** What becomes of a NUL byte: an error that names it, or it is kept as it is; absent where none can come. */
  readonly nul?: 'refused' | 'kept';
  /** The task fails, saying so, or may do so: what matters is that the value does nothing else. */
  readonly fails?: 'always' | 'perhaps';
  /** A value of a megabyte is taken. */
  readonly large?: true;
  /** Prepares the folder of one value, named to both. */
  prepare?(folder: string, value: string): void;
  /** The arguments; `value` is a template that gives the value. */
  args(folder: string, value: string): Readonly<Record<string, unknown>>;
  /** Keywords of the task itself. */
  around?(value: string): Readonly<Record<string, unknown>>;
  /** What must be so afterwards: `values` is what a register would hold. */
  after?(folder: string, value: string, ended: Ended): void;
}

/** How a task with a hostile value ended. */
export interface Ended {
  readonly register: Readonly<Record<string, unknown>>;
  readonly said: readonly string[];
}

/** All that the laws know of a module. */
export interface ModuleCases {
  /** It changes nothing, whatever it is asked. */
  readonly onlyLooks?: true;
  readonly cases: readonly LawCase[];
  readonly hostile: readonly HostileArgument[];
  /** Arguments whose hostile values are refused before anything is asked: a host's name, a unit's. */
  readonly refuses?: readonly HostileArgument[];
}

/** What lies at a path of a constructed root directory. */
export type Entry = string | { readonly program: string } | { readonly link: string } | 'folder';
