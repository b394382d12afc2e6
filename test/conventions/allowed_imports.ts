import type { Import } from './imports.ts';

/** What the files of one folder of engine/ may import besides their own folder. */
interface Allowed {
  /** Folders and files of engine/, a folder with its slash. */
  readonly values: readonly string[];
  /** Those of which only types may be taken. */
  readonly types?: readonly string[];
  readonly packages?: readonly string[];
  /** Modules of Node's; 'any' where there is nothing to keep them from. */
  readonly node: readonly string[] | 'any';
}

const everybodys = ['errors.ts', 'error_text.ts'];

/** Folders in modules/ that belong to no module: what two modules are made of alike. */
export const sharedByModules = ['http', 'packages', 'text_edit', 'user_text'];

/** The allow-list: what is not here may not be imported. */
export const allowedImports: Readonly<Record<string, Allowed>> = {
  shell: { values: [], node: ['node:util'] },
  contract: { values: ['shell/'], packages: ['typebox'], node: ['node:crypto', 'node:vm'] },
  facts: { values: ['contract/', 'shell/'], node: [] },
  modules: {
    values: ['contract/', 'facts/', 'shell/'],
    packages: ['typebox', 'properties-file'],
    node: [],
  },
  template: {
    values: ['contract/', 'shell/'],
    packages: ['handlebars', '@marcbachmann/cel-js'],
    node: ['node:path', 'node:util'],
  },
  load: {
    values: ['contract/', 'shell/', 'template/'],
    types: ['transport/'],
    packages: ['ajv', 'typebox', 'yaml', '@apideck/better-ajv-errors'],
    node: 'any',
  },
  transport: { values: ['shell/'], packages: ['node-ssh', 'ssh2'], node: 'any' },
  journal: { values: ['contract/', 'shell/', 'transport/transport.ts'], node: 'any' },
  run: {
    values: ['contract/', 'shell/', 'template/', 'transport/transport.ts', 'journal/'],
    types: ['load/'],
    node: [
      ...['node:child_process', 'node:crypto', 'node:fs', 'node:fs/promises', 'node:path'],
      ...['node:timers/promises', 'node:zlib'],
    ],
  },
  report: {
    values: [],
    types: ['run/events.ts'],
    packages: ['diff', 'junit-report-builder', 'listr2', 'picocolors'],
    node: [],
  },
  cli: {
    values: [
      'contract/',
      'facts/',
      'journal/',
      'load/',
      'modules/',
      'report/',
      'run/',
      'shell/',
      'template/',
      'transport/',
    ],
    packages: ['commander', 'picocolors'],
    node: 'any',
  },
};

/** Whether an import is allowed where it stands. */
export function isAllowed(one: Import): boolean {
  const folder = folderOf(one.from);
  if (one.from === 'cli/version.ts' && one.to === '../package.json') return true;
  if (folder === '') return one.kind === 'file' && everybodys.includes(one.to);
  const allowed = allowedImports[folder];
  if (!allowed) return false;
  if (one.kind === 'node') return allowed.node === 'any' || allowed.node.includes(one.to);
  if (one.kind === 'package') return allowed.packages?.includes(one.to) ?? false;
  if (everybodys.includes(one.to)) return true;
  if (folderOf(one.to) === folder) return folder !== 'modules' || withinModule(one);
  if (one.typeOnly && covers(allowed.types ?? [], one.to)) return true;
  return covers(allowed.values, one.to);
}

/** The first part of a path in engine/; empty for a file at its top. */
export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
}

/** Modules never import each other; a module owns the folder that bears its name; only the registry knows all. */
function withinModule({ from, to }: Import): boolean {
  const owner = ownerOf(to);
  return from === 'modules/index.ts' || ownerOf(from) === owner || sharedByModules.includes(owner);
}

function ownerOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.ts$/, '');
}

function covers(list: readonly string[], path: string): boolean {
  return list.some((one) => (one.endsWith('/') ? path.startsWith(one) : path === one));
}
