import type { DirectoryState } from '../../facts/make_directory.ts';
import type { PathAnswer } from '../../facts/path.ts';
import type { RemovalAnswer } from '../../facts/removal.ts';
import type { TreeAnswer } from '../../facts/tree.ts';

/** A path and the way to it; what a link leads to; what is below, and what of it is locked. */
export interface FileState extends DirectoryState {
  readonly source?: PathAnswer;
  readonly tree?: TreeAnswer;
  /** What cannot go; asked with `absent` and `recurse` alone. */
  readonly held: RemovalAnswer;
}
