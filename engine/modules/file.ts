import { Type } from 'typebox';
import { CannotPlan, type Change, predict, saved } from '../contract/change.ts';
import { joinPath, parentOf, tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, each, map, type Probe } from '../contract/probe.ts';
import { fileMode, hostPath } from '../contract/schema.ts';
import type { Attributes } from '../facts/attributes.ts';
import { content } from '../facts/content.ts';
import { linkChange } from '../facts/link_change.ts';
import { askDirectory, type DirectoryState, isDirectory, makeDirectories } from '../facts/make_directory.ts';
import { path, type PathAnswer } from '../facts/path.ts';
import { recurseAttributes } from '../facts/recurse.ts';
import { tree, type TreeAnswer } from '../facts/tree.ts';
import { attributeGap, ownerArgument, type WantedAttributes } from '../facts/wanted_attributes.ts';
import { changeOfAttributes, writable, writeFile } from '../facts/write_file.ts';
import { restoreFile, temporary } from '../shell/replace_file.ts';
import { lines, sh } from '../shell/script.ts';

type Time = 'now' | 'preserve';

export interface FileArgs {
  readonly path?: string;
  readonly dest?: string;
  readonly name?: string;
  readonly state?: 'file' | 'directory' | 'link' | 'hard' | 'touch' | 'absent';
  readonly src?: string;
  readonly owner?: string;
  readonly group?: string;
  readonly mode?: string;
  readonly recurse?: boolean;
  readonly force?: boolean;
  readonly follow?: boolean;
  readonly access_time?: Time;
  readonly modification_time?: Time;
}

export interface FileState extends DirectoryState {
  readonly source?: PathAnswer;
  readonly tree?: TreeAnswer;
}

const time = (which: string) =>
  Type.Optional(
    Type.Union([Type.Literal('now'), Type.Literal('preserve')], {
      description: `For \`touch\`: what becomes of the ${which} time; \`now\` where absent.`,
    }),
  );

/** What kind of thing is at a path, and its owner, group and mode. */
export const file: Module<FileArgs, FileState> = {
  kind: 'resource',
  name: 'file',
  summary:
    'Makes and removes directories, links and empty files, and sets owner, group and mode of what is there.',
  args: Type.Object(
    {
      path: Type.Optional(hostPath('The path.')),
      dest: Type.Optional(hostPath('The same as `path`.')),
      name: Type.Optional(hostPath('The same as `path`.')),
      state: Type.Optional(
        Type.Union(
          (['file', 'directory', 'link', 'hard', 'touch', 'absent'] as const).map((state) =>
            Type.Literal(state),
          ),
          {
            description:
              'What should be there. `file` makes nothing; `touch` makes an empty file; where absent, whatever is there gets the attributes.',
          },
        ),
      ),
      src: Type.Optional(Type.String({ minLength: 1, description: 'What a link leads to.' })),
      owner: Type.Optional(Type.String({ minLength: 1, description: 'Name or number of the owner.' })),
      group: Type.Optional(Type.String({ minLength: 1, description: 'Name or number of the group.' })),
      mode: Type.Optional(fileMode()),
      recurse: Type.Optional(
        Type.Boolean({ description: 'Owner, group and mode are also for everything below a directory.' }),
      ),
      force: Type.Optional(
        Type.Boolean({
          description: 'A link may lead to nothing, and may take the place of a file or an empty directory.',
        }),
      ),
      follow: Type.Optional(
        Type.Boolean({
          default: true,
          description: 'Attributes are those of what a symbolic link leads to.',
        }),
      ),
      access_time: time('access'),
      modification_time: time('modification'),
    },
    {
      additionalProperties: false,
      anyOf: [{ required: ['path'] }, { required: ['dest'] }, { required: ['name'] }],
    },
  ),
  notes: [
    'New directories get mode 0755 and new files 0644 where none is given, whatever the umask; all directories that had to be made get the attributes.',
    'With `recurse`, symbolic links get the owner but are not followed.',
    '`absent` keeps a copy of what it removes on the host until the journal is pruned.',
  ],
  probe: probeFile,
  plan: planFile,
  proven: (args, _before, after) => proveFile(args, after),
  result: (args, { at }) => ({ path: pathOf(args), state: at.kind }),
};

function probeFile(args: FileArgs): Probe<FileState> {
  const given = pathOf(args);
  const source =
    args.src === undefined || !isLinkState(args) ? [] : [ask(path, { path: sourcePath(args, given) })];
  const probe = all({
    directory: askDirectory(given),
    source: each(source),
    trees: each(args.recurse ? [ask(tree, { path: given })] : []),
  });
  return map(probe, (state) => ({
    ...state.directory,
    ...(state.source[0] ? { source: state.source[0] } : {}),
    ...(state.trees[0] ? { tree: state.trees[0] } : {}),
  }));
}

function planFile(args: FileArgs, state: FileState): readonly Change[] {
  const given = pathOf(args);
  if (args.recurse && args.state !== undefined && args.state !== 'directory') {
    throw new CannotPlan('recurse is for state: directory');
  }
  switch (args.state ?? (args.recurse ? 'directory' : undefined)) {
    case 'absent':
      return planAbsent(given, state.at);
    case 'directory':
      return planDirectory(args, given, state);
    case 'link':
      return planLink(args, given, state);
    case 'hard':
      return planHard(args, given, state);
    case 'touch':
      return planTouch(args, given, state.at);
    case 'file':
      refuseOther(given, followed(args, state.at), 'file');
      return planAttributes(args, given, state.at);
    case undefined:
      return planAttributes(args, given, state.at);
  }
}

// Losing one of these is never what a playbook means.
const kept = /^\/(bin|boot|dev|etc|home|lib|lib32|lib64|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)?$/;

function planAbsent(given: string, at: PathAnswer): readonly Change[] {
  if (at.kind === 'absent') {
    if (at.hidden)
      throw new CannotPlan(`a directory above ${given} cannot be searched`, {
        next: 'become a user who may',
      });
    return [];
  }
  if (kept.test(given)) throw new CannotPlan(`${given} is never removed`);
  return [
    {
      what: `remove ${given} (${at.kind}${at.kind === 'directory' ? ' and all in it' : ''})`,
      diff: { before: `${at.kind} ${given}\n`, after: null },
      touches: [`path:${given}`],
      saves: [given],
      apply: sh`rm -rf -- ${given} || exit 1`,
      undo: restoreFile(given, saved(0)),
      predicts: [
        predict({ fact: path, subject: { path: given } }, { kind: 'absent', parent: 'directory' } as const),
        predict({ fact: content, subject: { path: given } }, { kind: 'absent' } as const),
      ],
    },
  ];
}

function planDirectory(args: FileArgs, given: string, state: FileState): readonly Change[] {
  const { at } = state;
  if (at.kind === 'absent') return [makeDirectories(given, state, state.missing, args)];
  if (!isDirectory(at)) throw new CannotPlan(`${given} is a ${at.kind}, not a directory`);
  if (args.recurse && state.tree && at.kind === 'directory') {
    const change = recurseAttributes(given, state.tree, args);
    return change ? [change] : [];
  }
  return planAttributes(args, given, at);
}

function planAttributes(args: FileArgs, given: string, at: PathAnswer): readonly Change[] {
  if (at.kind === 'absent') {
    throw new CannotPlan(`${given} does not exist`, {
      missing: `path:${given}`,
      next: 'say state: touch or state: directory to make it',
    });
  }
  const change = changeOfAttributes(given, at, args, args.follow !== false);
  return change ? [change] : [];
}

function planLink(args: FileArgs, given: string, state: FileState): readonly Change[] {
  const { at, source } = state;
  if (args.src === undefined) {
    refuseOther(given, at.kind, 'link');
    return planAttributes(args, given, at);
  }
  const leadsTo =
    source && source.kind !== 'absent' ? { path: sourcePath(args, given), at: source } : undefined;
  if (!leadsTo && args.force !== true) {
    throw new CannotPlan(`${args.src}, which ${given} should lead to, does not exist`, {
      missing: `path:${sourcePath(args, given)}`,
      next: 'say force: true for a link that leads to nothing',
    });
  }
  const behind =
    args.follow === false || !leadsTo ? null : changeOfAttributes(leadsTo.path, leadsTo.at, args);
  const link = linkChange(given, at, args.src, {
    force: args.force === true,
    chown: args.follow === false ? ownerArgument(null, args) : undefined,
    ...(leadsTo ? { leadsTo: { ...leadsTo, at: attributesAfter(leadsTo.at, behind ? args : {}) } } : {}),
  });
  if (args.follow !== false) return [...(behind ? [behind] : []), ...(link ? [link] : [])];
  return link ? [link] : planAttributes(args, given, at);
}

function attributesAfter(at: PathAnswer, wanted: WantedAttributes): PathAnswer {
  if (at.kind === 'absent') return at;
  if (at.kind !== 'link') return { ...at, ...attributeGap(at, wanted)?.predicted };
  return at.followed ? { ...at, followed: attributeGap(at.followed, wanted)?.predicted ?? at.followed } : at;
}

function planHard(args: FileArgs, given: string, { at, source }: FileState): readonly Change[] {
  if (args.src === undefined) throw new CannotPlan('state: hard needs src');
  const from = sourcePath(args, given);
  if (!source || source.kind === 'absent') {
    throw new CannotPlan(`there is no ${from} to link to`, { missing: `path:${from}` });
  }
  if (at.kind === 'absent') writable(at, given);
  else if (at.inode === source.inode && at.device === source.device) return planAttributes(args, given, at);
  else if (at.kind === 'directory') throw new CannotPlan(`${given} is a directory`);
  else if (args.force !== true) {
    throw new CannotPlan(`${given} is there and is not ${from}`, { next: 'say force: true to replace it' });
  }
  const isThere = at.kind !== 'absent';
  const gap = attributeGap(source as Attributes, args);
  return [
    {
      what: `hard link ${given} → ${from}`,
      diff: { before: isThere ? `${at.kind} ${given}\n` : null, after: `hard link to ${from}\n` },
      touches: [`path:${given}`],
      ...(isThere ? { saves: [given] } : {}),
      apply: lines([
        temporary(given),
        sh`trap 'rm -f -- "$t"' EXIT; trap 'exit 143' HUP INT TERM`,
        sh`ln -- ${from} "$t" || exit 1`,
        sh`mv -f -- "$t" ${given} || exit 1`,
        sh`trap - EXIT HUP INT TERM`,
      ]),
      undo: undoHard(given, at),
    },
    ...(gap ? planAttributes(args, from, source) : []),
  ];
}

function undoHard(given: string, at: PathAnswer): Change['undo'] {
  if (at.kind === 'absent') return sh`rm -f -- ${given} || exit 1`;
  if (at.links > 1) return { impossible: `${given} was one of ${at.links} hard links to another file` };
  return restoreFile(given, saved(0));
}

function planTouch(args: FileArgs, given: string, at: PathAnswer): readonly Change[] {
  if (at.kind === 'absent') {
    const empty = { kind: 'bytes', bytes: Buffer.alloc(0) } as const;
    return [
      writeFile({
        ...args,
        path: given,
        at,
        now: { kind: 'absent' },
        content: empty,
        what: `make empty file ${given}`,
      }),
    ];
  }
  const flags = `${args.access_time === 'preserve' ? '' : 'a'}${args.modification_time === 'preserve' ? '' : 'm'}`;
  const attributes = changeOfAttributes(given, at, args);
  if (flags === '') return attributes ? [attributes] : [];
  const { mtime } = at.kind === 'link' && at.followed ? at.followed : at;
  const touched: Change = {
    what: `touch ${given}`,
    diff: { before: `modified ${shownTime(mtime)}\n`, after: 'modified now\n' },
    touches: [`path:${given}`],
    apply: sh`touch -c ${`-${flags}`} -- ${given} || exit 1`,
    undo: flags.includes('m') ? sh`touch -c -m -d ${`@${mtime}`} -- ${given} || exit 1` : sh`:`,
  };
  return [...(attributes ? [attributes] : []), touched];
}

// A touch is never done; its proof is that nothing but the times is left to do.
function proveFile(args: FileArgs, after: FileState): true | string {
  const rest = planFile({ ...args, access_time: 'preserve', modification_time: 'preserve' }, after);
  return rest.length === 0 || rest.map((change) => change.what).join('; ');
}

function refuseOther(given: string, kind: string, wanted: string): void {
  if (kind === 'absent' || kind === wanted) return;
  throw new CannotPlan(`${given} is a ${kind}, not a ${wanted}`);
}

function followed(args: FileArgs, at: PathAnswer): PathAnswer['kind'] {
  if (at.kind === 'link' && args.follow !== false) return at.followed?.kind ?? 'link';
  return at.kind;
}

function isLinkState({ state }: FileArgs): boolean {
  return state === 'link' || state === 'hard';
}

function sourcePath({ src = '', state }: FileArgs, given: string): string {
  if (src.startsWith('/')) return tidyPath(src);
  if (state === 'hard') throw new CannotPlan('src of a hard link must be an absolute path');
  return joinPath(parentOf(given), src);
}

function pathOf({ path: given, dest, name }: FileArgs): string {
  return tidyPath(given ?? dest ?? name ?? '/');
}

function shownTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
