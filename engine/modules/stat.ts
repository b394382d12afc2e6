import { Type } from 'typebox';
import { tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, each, map } from '../contract/probe.ts';
import { hostPath } from '../contract/schema.ts';
import { sha256 } from '../contract/digest.ts';
import type { Attributes } from '../facts/attributes.ts';
import { content, type ContentAnswer } from '../facts/content.ts';
import { path, type PathAnswer, type PresentPath } from '../facts/path.ts';

export interface StatArgs {
  readonly path: string;
  readonly follow?: boolean;
  readonly get_checksum?: boolean;
}

export interface StatState {
  readonly at: PathAnswer;
  readonly held?: ContentAnswer;
}

/** What is at a path, for `register`. */
export const stat: Module<StatArgs, StatState> = {
  kind: 'resource',
  tells: true,
  name: 'stat',
  summary: 'Tells what is at a path; changes nothing.',
  args: Type.Object(
    {
      path: hostPath('The path.'),
      follow: Type.Optional(Type.Boolean({ description: 'Tell of what a symbolic link leads to.' })),
      get_checksum: Type.Optional(Type.Boolean({ description: 'Tell the SHA-256 of a file as `checksum`.' })),
    },
    { additionalProperties: false },
  ),
  notes: ['`checksum` is SHA-256 and only told where it is asked for.'],
  probe: (args) => {
    const subject = { path: tidyPath(args.path) };
    // No file has this hash, so that the answer for a long one bears its own.
    const held = args.get_checksum ? [ask(content, { ...subject, wanted: '0'.repeat(64) })] : [];
    const probe = all({ at: ask(path, subject), held: each(held) });
    return map(probe, (state) => ({ at: state.at, ...(state.held[0] ? { held: state.held[0] } : {}) }));
  },
  plan: () => [],
  result: (args, state) => ({ stat: described(args, state) }),
};

function described(args: StatArgs, { at, held }: StatState): Record<string, unknown> {
  const seen = args.follow && at.kind === 'link' ? at.followed : at;
  if (!seen || seen.kind === 'absent') return { exists: false };
  return {
    exists: true,
    path: args.path,
    ...attributesOf(seen),
    ...(seen === at ? linkOf(at) : {}),
    ...checksumOf(seen, held),
  };
}

function attributesOf(seen: Attributes): Record<string, unknown> {
  return {
    isreg: seen.kind === 'file',
    isdir: seen.kind === 'directory',
    islnk: seen.kind === 'link',
    isfifo: seen.kind === 'fifo',
    issock: seen.kind === 'socket',
    isblk: seen.kind === 'block',
    ischr: seen.kind === 'char',
    mode: seen.mode,
    size: seen.size,
    uid: seen.uid,
    gid: seen.gid,
    pw_name: seen.owner,
    gr_name: seen.group,
    mtime: seen.mtime,
    nlink: seen.links,
    inode: seen.inode,
    dev: seen.device,
    label: seen.label,
  };
}

function linkOf(at: PresentPath): Record<string, unknown> {
  if (at.kind !== 'link') return {};
  return { lnk_target: at.target, ...(at.real === undefined ? {} : { lnk_source: at.real }) };
}

function checksumOf(seen: Attributes, held: ContentAnswer | undefined): Record<string, unknown> {
  if (seen.kind !== 'file' || !held) return {};
  if (held.kind === 'text') return { checksum: sha256(held.bytes) };
  return held.kind === 'large' || held.kind === 'same' ? { checksum: held.sha256 } : {};
}
