import { isUtf8 } from 'node:buffer';
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { InventoryDraft } from './inventory_draft.ts';

/** A part of an inventory: a file of some form, or names on the command line. */
export type SourceFile =
  | { readonly form: 'ini' | 'yaml'; readonly path: string; readonly text: string }
  | { readonly form: 'script'; readonly path: string }
  | { readonly form: 'names'; readonly text: string };

/** What a `-i` stands for, folders opened; what cannot be read is kept as a mistake. */
export function sourceFiles(draft: InventoryDraft, source: string): readonly SourceFile[] {
  const stat = statSync(source, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return folderFiles(draft, source);
  if (stat) return file(draft, source);
  if (source.includes(',')) return [{ form: 'names', text: source }];
  draft.fail(
    undefined,
    `There is no inventory ${source}`,
    'Check the path; names of hosts need a comma: -i host1, or -i host1,host2.',
  );
  return [];
}

/** A file as text; undefined where it cannot be read, and then the draft knows why. */
export function readText(draft: InventoryDraft, path: string): string | undefined {
  let data: Buffer;
  try {
    data = readFileSync(path);
  } catch (error) {
    draft.fail(undefined, `${path} cannot be read`, 'Check its permissions.', (error as Error).message);
    return undefined;
  }
  if (isUtf8(data)) return data.toString('utf8');
  const lines = data.toString('latin1').split('\n');
  const bad = lines.findIndex((line) => !isUtf8(Buffer.from(line, 'latin1')) && !/^\s*[#;]/.test(line));
  // Comments may be in any encoding, as in Ansible.
  if (bad < 0) return data.toString('utf8');
  const text = Buffer.from(lines[bad] ?? '', 'latin1')
    .toString('utf8')
    .trimEnd();
  const column = text.indexOf('\uFFFD') + 1;
  draft.fail({ file: path, line: bad + 1, column, text }, 'This is not UTF-8', 'Save the file as UTF-8.');
  return undefined;
}

/** Whether Ansible passes over a file of that name in an inventory folder. */
export function isIgnored(name: string): boolean {
  return ignored.test(name);
}

const ignored =
  /^\.|^(?:host_vars|group_vars|vars_plugins)$|(?:\.(?:pyc|pyo|swp|bak|rpm|md|txt|rst|orig|ini|cfg|retry)|~)$/;

function folderFiles(draft: InventoryDraft, folder: string): readonly SourceFile[] {
  const names = readdirSync(folder).filter((name) => !isIgnored(name));
  return names.sort(byBytes).flatMap((name) => {
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return folderFiles(draft, path);
    if (stat) return file(draft, path);
    draft.fail(undefined, `${path} is a link to nothing`, 'Mend or remove the link.');
    return [];
  });
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function file(draft: InventoryDraft, path: string): readonly SourceFile[] {
  const text = readText(draft, path);
  if (text === undefined) return [];
  if (text.startsWith('#!')) return script(draft, path, text);
  if (text.startsWith('\x7FELF')) return [{ form: 'script', path }];
  return [{ form: isYaml(path, text) ? 'yaml' : 'ini', path, text }];
}

function script(draft: InventoryDraft, path: string, text: string): readonly SourceFile[] {
  try {
    accessSync(path, constants.X_OK);
    return [{ form: 'script', path }];
  } catch {
    const at = { file: path, line: 1, column: 1, text: text.split('\n', 1)[0] ?? '' };
    draft.fail(at, 'This inventory is a script, but not executable', `Run: chmod +x ${path}`);
    return [];
  }
}

function isYaml(path: string, text: string): boolean {
  const extension = extname(path);
  if (['.yml', '.yaml', '.json'].includes(extension)) return true;
  if (extension !== '') return false;
  const first = text.split('\n').find((line) => !/^\s*([#;]|$)/.test(line)) ?? '';
  return /^---|^\{|^["']?[\w.-]+["']?:\s*(#.*)?$/.test(first.trim());
}
