import { CannotPlan, type Change, predict, saved } from '../../contract/change.ts';
import { lines, sh } from '../../shell/script.ts';
import { changeOfAttributes } from '../../facts/attribute_change.ts';
import { content } from '../../facts/content.ts';
import { type DirectoryState, isDirectory, makeDirectories } from '../../facts/make_directory.ts';
import { path } from '../../facts/path.ts';
import { writeFile } from '../../facts/write_file.ts';
import { restoreFile } from '../../shell/replace_file.ts';
import { analyse, type Analysis, type Placing } from './analysis.ts';
import type { ScriptsArgs } from './arguments.ts';
import { configTest } from './config_test.ts';
import type { Look } from '../../facts/keepalived.ts';
import type { Configuration } from './readings.ts';
import { insecureAt, insecureDirectory, runsAsRoot } from './run_as.ts';
import { isSecured } from './security_edits.ts';
import { hostText, isSkipped, seenAt } from './tree_of.ts';

const rootOwned = { owner: 'root', group: 'root', mode: '0755' };

/**
 * Directory, scripts, configuration, old files, in this order: at no moment, and at no moment of the way back, does the
 * configuration name a script that is not there.
 */
export function planScripts(args: ScriptsArgs, look: Look, directory: DirectoryState): readonly Change[] {
  const analysis = analyse(args, look);
  refuseSkipped(analysis, look);
  refuseInsecure(args, analysis, look);
  const copied = analysis.placings.filter(({ script, target }) => script.path !== target);
  return [
    ...(copied.length > 0 ? makeDirectory(directory) : []),
    ...analysis.placings.flatMap((placing) => place(placing, look)),
    ...placedAlready(analysis),
    ...writeConfiguration(args, analysis, look),
    ...(args.keep_old === false ? removeOld(copied, analysis) : []),
  ];
}

function makeDirectory(state: DirectoryState): readonly Change[] {
  if (state.at.kind === 'absent') return [makeDirectories(state.path, state, state.missing, rootOwned)];
  if (!isDirectory(state.at)) throw new CannotPlan(`${state.path} is a ${state.at.kind}, not a directory`);
  return [];
}

function place({ script, target }: Placing, look: Look): readonly Change[] {
  const there = seenAt(look, target);
  if (there) return attributes(target, there.at);
  const copy = writeFile({
    ...rootOwned,
    path: target,
    at: { kind: 'absent', parent: 'directory' },
    now: { kind: 'absent' },
    content: {
      kind: 'host',
      path: script.path,
      size: script.followed.size,
      sha256: script.sha256 as string,
      ...(script.bytes ? { bytes: script.bytes } : {}),
    },
    what: `copy ${script.path} to ${target}`,
  });
  return [copy];
}

// In the order of the configuration, each once.
function placedAlready({ fates }: Analysis): readonly Change[] {
  const placed = fates.flatMap(({ fate }) => (fate.kind === 'placed' ? [fate.script] : []));
  const once = placed.filter(
    (script, index) => placed.findIndex(({ path: own }) => own === script.path) === index,
  );
  return once.flatMap((script) => attributes(script.path, script.at));
}

function attributes(target: string, at: Parameters<typeof changeOfAttributes>[1]): readonly Change[] {
  const change = changeOfAttributes(target, at, rootOwned);
  return change ? [change] : [];
}

function writeConfiguration(args: ScriptsArgs, analysis: Analysis, look: Look): readonly Change[] {
  const { before, after } = analysis;
  const done = new Set<string>();
  const changes = after.files.flatMap((file, index) => {
    const seen = seenAt(look, file.path);
    if (file.text === null || file.text === before.files[index]?.text || !seen || done.has(seen.real))
      return [];
    done.add(seen.real);
    return [
      writeFile({
        path: file.path,
        at: seen.at,
        now: { kind: 'text', bytes: seen.bytes as Buffer },
        content: { kind: 'bytes', bytes: Buffer.from(file.text, 'latin1') },
        what: `rewrite ${file.path}`,
        links: args.links,
      }),
    ];
  });
  const [first, ...rest] = changes;
  if (!first) return [];
  const test = configTest(analysis, look, first.sends?.length ?? 0);
  if (!test) return changes;
  const tested: Change = {
    ...first,
    sends: [...(first.sends ?? []), ...test.sends.map((bytes) => ({ kind: 'bytes' as const, bytes }))],
    apply: lines([test.script, first.apply]),
  };
  return [tested, ...rest];
}

function removeOld(copied: readonly Placing[], { then }: Analysis): readonly Change[] {
  const words = new Set(
    then
      .flatMap(({ statements }) => statements.flatMap(({ words: own }) => own ?? []))
      .flatMap(({ chars }) => hostText(chars).split(/[\s'"]+/)),
  );
  return copied
    .filter(({ script }) => !words.has(script.path))
    .map(({ script: { path: old, at } }) => ({
      what: `remove ${old} (${at.kind})`,
      diff: { before: `${at.kind} ${old}\n`, after: null },
      touches: [`path:${old}` as const],
      saves: [old],
      apply: sh`rm -f -- ${old} || exit 1`,
      undo: restoreFile(old, saved(0)),
      predicts: [
        predict({ fact: path, subject: { path: old } }, { kind: 'absent', parent: 'directory' } as const),
        predict({ fact: content, subject: { path: old } }, { kind: 'absent' } as const),
      ],
    }));
}

// Its test would say nothing of the old configuration, and all of the new one.
function refuseSkipped({ config, before, after }: Analysis, look: Look): void {
  const isOld = look.program?.version.startsWith('1.') ?? true;
  const isChanged = after.files.some(({ text }, index) => text !== before.files[index]?.text);
  if (isOld || !isChanged || !isSkipped(seenAt(look, config))) return;
  throw new CannotPlan(
    `${config} may be executed, and keepalived 2 skips such files: it has no configuration at all`,
    { next: `chmod a-x ${config}, and see that keepalived then does what is meant` },
  );
}

// A script that keepalived would then drop without a word is worse than no security.
function refuseInsecure(args: ScriptsArgs, analysis: Analysis, look: Look): void {
  if (!analysis.then.some(isSecured)) return;
  const directory = analysis.placings.length > 0 ? insecureDirectory(analysis.directory, look) : null;
  if (directory !== null) {
    throw new CannotPlan(
      `${directory} is not root's alone, so that with script security keepalived would drop what lies in ${analysis.directory}`,
      {
        next: `make ${directory} root's (chown root:root, chmod go-w), or choose another directory`,
      },
    );
  }
  if (args.enable_script_security !== true || analysis.now.every(isSecured)) return;
  const dropped = droppedScripts(analysis.then, look);
  if (dropped.length === 0) return;
  throw new CannotPlan(`with script security keepalived would drop ${dropped.join(', ')}`, {
    next: "let these scripts move, or make their folders root's alone",
  });
}

/** Scripts that root runs and that script security does not let pass: "/etc/x/check.sh (/etc/x)". */
export function droppedScripts(all: readonly Configuration[], look: Look): readonly string[] {
  const found = all.flatMap((configuration) =>
    configuration.uses.flatMap((use) => {
      const seen = seenAt(look, hostText(use.words[0]?.chars ?? ''));
      const bad = seen && runsAsRoot(use, configuration, look) ? insecureAt(seen, look) : null;
      return bad === null ? [] : [`${seen?.path} (${bad})`];
    }),
  );
  return [...new Set(found)];
}
