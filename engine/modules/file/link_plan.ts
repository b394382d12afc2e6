import { CannotPlan, type Change, saved } from '../../contract/change.ts';
import type { Attributes } from '../../facts/attributes.ts';
import { changeOfAttributes } from '../../facts/attribute_change.ts';
import { linkChange } from '../../facts/link_change.ts';
import type { PathAnswer } from '../../facts/path.ts';
import { attributeGap, ownerArgument, type WantedAttributes } from '../../facts/wanted_attributes.ts';
import { writable } from '../../facts/writable.ts';
import { refused, refusing, restoreFile, temporary } from '../../shell/replace_file.ts';
import { lines, sh } from '../../shell/script.ts';
import { type FileArgs, sourcePath } from './arguments.ts';
import { planAttributes, refuseOther } from './attributes_plan.ts';
import type { FileState } from './state.ts';

/** A symbolic link. Throws CannotPlan where something stands in its way. */
export function planLink(args: FileArgs, given: string, state: FileState): readonly Change[] {
  const { at, source } = state;
  if (args.src === undefined) {
    refuseOther(given, at.kind, 'link');
    return planAttributes(args, given, at);
  }
  // With nothing in its way it leads to nothing, which `force` allows.
  if (sourcePath(args, given) === given && at.kind !== 'absent' && at.kind !== 'link')
    throw new CannotPlan(`${given} would be a link to itself`, { next: 'say in src where it should lead' });
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

/** A hard link. Throws CannotPlan where something stands in its way. */
export function planHard(args: FileArgs, given: string, { at, source }: FileState): readonly Change[] {
  if (args.src === undefined) throw new CannotPlan('state: hard needs src');
  const from = sourcePath(args, given);
  if (!source || source.kind === 'absent') {
    throw new CannotPlan(`there is no ${from} to link to`, { missing: `path:${from}` });
  }
  if (source.kind === 'directory')
    throw new CannotPlan(`${from} is a directory, which can have no hard link`, {
      next: 'say state: link for a symbolic one',
    });
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
        refusing,
        temporary(given),
        sh`trap 'rm -f -- "$t"' EXIT; trap 'exit 143' HUP INT TERM`,
        sh`ln -- ${from} "$t" || ${refused(from)}`,
        sh`mv -f -- "$t" ${given} || ${refused(given)}`,
        sh`trap - EXIT HUP INT TERM`,
      ]),
      undo: undoHard(given, at),
    },
    ...(gap ? planAttributes(args, from, source) : []),
  ];
}

function attributesAfter(at: PathAnswer, wanted: WantedAttributes): PathAnswer {
  if (at.kind === 'absent') return at;
  if (at.kind !== 'link') return { ...at, ...attributeGap(at, wanted)?.predicted };
  return at.followed ? { ...at, followed: attributeGap(at.followed, wanted)?.predicted ?? at.followed } : at;
}

function undoHard(given: string, at: PathAnswer): Change['undo'] {
  if (at.kind === 'absent') return sh`rm -f -- ${given} || exit 1`;
  if (at.links > 1) return { impossible: `${given} was one of ${at.links} hard links to another file` };
  return restoreFile(given, saved(0));
}
