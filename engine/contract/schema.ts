import { Type, type TSchema } from 'typebox';
import { modePattern } from './file_mode.ts';

/*
 * Marks on an argument's schema that the engine acts on:
 *   expression: a CEL expression (or a list of them), handed over as Evaluated
 *   local: a path on the controller, handed over as LocalFile or LocalFolder
 *   freeKeys: the module takes any key (set_fact)
 */

/** An argument that holds one CEL expression; the module gets an Evaluated. */
export function expression(description: string): TSchema {
  return Type.Unsafe<unknown>({ type: 'string', description, fettle: 'expression' });
}

/** An argument that holds one CEL expression or a list of them; the module gets a list of Evaluated. */
export function expressions(description: string): TSchema {
  return Type.Unsafe<unknown>({
    anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }],
    description,
    fettle: 'expression',
  });
}

/** An argument that names a file or folder of the controller's; the module gets a Local. */
export function localPath(description: string): TSchema {
  return Type.Unsafe<Local>({ type: 'string', minLength: 1, description, fettle: 'local' });
}

/** An argument that is an absolute path on the host. */
export function hostPath(description: string) {
  return Type.String({ pattern: '^/[^\\u0000]*$', description, errorMessage: 'must be an absolute path' });
}

/** A permission mode: quoted octal, or letters as chmod takes them with the class written out. */
export function fileMode(
  description = 'Permission bits: quoted octal "0644", or letters such as "u=rwX,go-w" reckoned from the present bits.',
) {
  return Type.String({
    pattern: modePattern,
    description,
    errorMessage: 'must be quoted octal such as "0644" or letters such as "u=rwX,go-w"',
  });
}

/** What the engine knows of a file or a folder on the controller. */
export type Local = LocalFile | LocalFolder;

export interface LocalFile {
  readonly kind: 'file';
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** Permission bits, four octal digits. */
  readonly mode: string;
  /** The content, where it is small enough for a diff (1 MiB). */
  readonly bytes?: Buffer;
}

export interface LocalFolder {
  readonly kind: 'folder';
  readonly path: string;
  /** Whether the user wrote a trailing slash: then the content is meant, else the folder itself. */
  readonly contents: boolean;
  /** Everything below it, parents first; `name` is relative with `/`. */
  readonly entries: readonly (
    | { readonly kind: 'file'; readonly name: string; readonly file: LocalFile }
    | { readonly kind: 'folder'; readonly name: string; readonly mode: string }
    | { readonly kind: 'link'; readonly name: string; readonly target: string }
  )[];
}
