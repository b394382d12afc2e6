import { nameOf, parentOf } from '../../contract/host_path.ts';
import type { ScriptsArgs } from './arguments.ts';
import type { Look, Seen } from '../../facts/keepalived.ts';
import { looksBeside, shebangOf } from './script_text.ts';
import { hostText, isPath, seenAt } from './tree_of.ts';
import type { Use } from './uses.ts';

/** What becomes of a use: its script moves, or it stays; `why` is told to the user where it is worth it. */
export type Fate =
  | { readonly kind: 'moves'; readonly script: Seen; readonly drops: 1 | 2 }
  | { readonly kind: 'placed'; readonly script: Seen }
  | { readonly kind: 'stays'; readonly path: string; readonly why?: string };

const systemProgram = /^\/(usr\/)?(local\/)?s?bin\//;
const interpreters = /^(sh|bash|dash|ash|ksh|mksh|zsh|python[\d.]*|perl|ruby)$/;
const shellWords = /^(if|for|while|until|case|!|\{|\(|\[|\[\[|:|\.)$/;

/** Whether a word runs the file that the next one names: "bash", "/usr/bin/python3". */
export function isInterpreter(word: string): boolean {
  return interpreters.test(nameOf(word)) && (systemProgram.test(word) || !word.includes('/'));
}

/** Decides on one use. */
export function fateOf(use: Use, look: Look, args: ScriptsArgs, directory: string): Fate {
  const [first = '', second = ''] = use.words.map((word) => hostText(word.chars));
  const stays = (path: string, why?: string): Fate => ({
    kind: 'stays',
    path,
    ...(why === undefined ? {} : { why }),
  });
  if (/^<[ \t]*(\/|$)/.test(first)) return stays(first);
  if (shellWords.test(first)) {
    return stays(
      first,
      'is shell text and no program: keepalived 2 does not run it and drops the check; put it into a script',
    );
  }
  const isSystem = systemProgram.test(first);
  if (isInterpreter(first)) return throughInterpreter(first, second);
  if (!first.includes('/')) return stays(first, 'is a program found by PATH: it stays');
  if (!first.startsWith('/'))
    return stays(first, 'is a relative path: write it from the root on, then it can move');
  if (isSystem) return stays(first, 'is a program of the system: it stays');
  return ofScript(first, 1);

  function throughInterpreter(shell: string, path: string): Fate {
    if (/^-\w*c$/.test(path))
      return stays(
        shell,
        `is given shell text (${path}): put that into a script of its own, and run it directly`,
      );
    if (path.startsWith('-'))
      return stays(
        shell,
        `is given options (${path}): put them into the script's first line, and run it directly`,
      );
    if (!path.startsWith('/'))
      return stays(shell, 'is an interpreter, but what it runs is no path from the root on');
    const script = seenAt(look, path);
    if (!script)
      return stays(
        path,
        'is not there (or is not written out as one path), and `keepalived -t` does not look behind an interpreter',
      );
    const own = shebangOf(script.bytes);
    if (!own)
      return stays(
        path,
        `is run by ${shell} and has no first line of its own (#!…): add one, so that it can be run directly`,
      );
    if (nameOf(own) !== nameOf(shell))
      return stays(path, `is run by ${shell}, but its first line says ${own}: make them agree`);
    return ofScript(path, 2);
  }

  function ofScript(path: string, drops: 1 | 2): Fate {
    const script = seenAt(look, path);
    if (!isPath(path)) return stays(path, 'has a name that is no UTF-8');
    if (!script) return stays(path, 'is not there, or is not written out as one path');
    if (script.followed.kind !== 'file') return stays(path, `is a ${script.followed.kind}`);
    if (parentOf(path) === directory && script.at.kind === 'file' && drops === 1)
      return { kind: 'placed', script };
    if (args.only && !args.only.includes(path)) return stays(path);
    if (args.except?.includes(path)) return stays(path);
    if (script.sha256 === undefined) return stays(path, 'cannot be read');
    if (!args.only && looksBeside(script.bytes)) {
      return stays(path, 'looks for files beside itself: it stays unless `only` names it');
    }
    return { kind: 'moves', script, drops };
  }
}
