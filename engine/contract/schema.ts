import { Type, type TSchema } from 'typebox';
import type { Secret } from '../shell/secret.ts';
import { modePattern } from './file_mode.ts';

/*
 * Marks on an argument's schema that the engine acts on:
 *   expression: a CEL expression (or a list of them), handed over as Evaluated
 *   local: a path on the controller, handed over as LocalFile or LocalFolder
 *   localCommand: a file on the controller and its arguments, handed over as LocalCommand
 *   localArchive: an archive on the controller, its listing read, handed over as LocalArchive
 *   localOutput: a path on the controller to write to, handed over as an absolute path
 *   template: a template file on the controller, rendered, handed over as RenderedFile
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

/** An argument that is a script on the controller with its arguments, quoted as for a shell; the module gets a LocalCommand. */
export function localCommand(description: string): TSchema {
  return Type.Unsafe<LocalCommand>({ type: 'string', minLength: 1, description, fettle: 'localCommand' });
}

/** An argument that names a tar or zip archive on the controller; the module gets a LocalArchive. */
export function localArchive(description: string): TSchema {
  return Type.Unsafe<LocalArchive>({ type: 'string', minLength: 1, description, fettle: 'localArchive' });
}

/** An argument that is a path on the controller to be written; relative ones start at the playbook's folder. A trailing slash is kept. */
export function localOutput(description: string): TSchema {
  return Type.Unsafe<string>({ type: 'string', minLength: 1, description, fettle: 'localOutput' });
}

/** An argument that names a template on the controller; the module gets a RenderedFile. */
export function templateFile(description: string): TSchema {
  return Type.Unsafe<RenderedFile>({ type: 'string', minLength: 1, description, fettle: 'template' });
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

/** A template with the host's values in it. */
export interface RenderedFile {
  readonly path: string;
  readonly text: string | Secret;
  /** Permission bits of the template file, four octal digits. */
  readonly mode: string;
}

/** A file on the controller to be run, and the words after it. */
export interface LocalCommand {
  readonly file: LocalFile;
  readonly words: readonly string[];
}

/** An archive on the controller and what is in it, in its order. */
export interface LocalArchive {
  readonly kind: 'archive';
  readonly file: LocalFile;
  readonly format: ArchiveFormat;
  readonly entries: readonly ArchiveEntry[];
}

/** How an archive is written; `tar` is not compressed. */
export type ArchiveFormat = 'tar' | 'tar.gz' | 'tar.bz2' | 'tar.xz' | 'tar.zst' | 'zip';

/** One thing in an archive, by the name that it has there. */
export interface ArchiveEntry {
  readonly name: string;
  /** `other`: a device, a socket, a FIFO. */
  readonly kind: 'file' | 'directory' | 'link' | 'hardlink' | 'other';
  /** Permission bits, four octal digits. */
  readonly mode: string;
  /** Bytes of a file; 0 of all else. */
  readonly size: number;
  /** Seconds since 1970; absent where the archive does not say it for certain. */
  readonly mtime?: number;
  /** The time that its file is to bear, where what unpacks it may give it another one. */
  readonly stamp?: number;
  /** What a link says, or the name of the entry that a hard link is one with. */
  readonly target?: string;
  /** Of a file, where its content was read. */
  readonly sha256?: string;
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
