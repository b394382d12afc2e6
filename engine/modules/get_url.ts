import { CannotPlan, type Change, saved } from '../contract/change.ts';
import { joinPath, nameOf, tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, askScript, each, known, map, type Probe } from '../contract/probe.ts';
import { changeOfAttributes } from '../facts/attribute_change.ts';
import { backupPath } from '../facts/backup_path.ts';
import { content, type ContentAnswer } from '../facts/content.ts';
import { path, type PathAnswer } from '../facts/path.ts';
import { attributeGap, ownerArgument } from '../facts/wanted_attributes.ts';
import { writable } from '../facts/writable.ts';
import { modeArgument, resolveMode } from '../contract/file_mode.ts';
import { replaceFile, restoreFile } from '../shell/replace_file.ts';
import { lines, sh } from '../shell/script.ts';
import { Secret } from '../shell/secret.ts';
import { digestOf, type GetUrlArgs, getUrlArguments } from './get_url/arguments.ts';
import { downloadScript } from './get_url/script.ts';
import { type Request, refuseControls, shownUrl } from './http/arguments.ts';
import { askClient, type Client, configurations, refuseClient } from './http/client.ts';

/** A file as it is, where what is fetched would go. */
interface Place {
  readonly path: string;
  readonly at: PathAnswer;
  /** Told only where there is to be a backup of it. */
  readonly now: ContentAnswer | null;
  /** Its digest, as `checksum` has it; null where there is no file or nothing is asked of it. */
  readonly digest: string | null;
}

export interface GetUrlState {
  readonly place: Place;
  readonly client: Client;
}

/** Keeps a file that a server has. */
export const getUrl: Module<GetUrlArgs, GetUrlState> = {
  kind: 'resource',
  name: 'get_url',
  summary: 'Fetches a file from a server to the host.',
  args: getUrlArguments,
  notes: [
    'The host itself fetches it, with curl or else wget, by its own proxies (`environment` of the task). busybox’s wget knows no certificates and no passwords: with those curl is needed.',
    'Without `checksum` a file that is there is as wanted, whatever it holds; with it, one of another content is replaced. Ansible asks the server whether there is a newer one.',
    'It is fetched into a file beside `dest`, compared with `checksum`, and put into place in one step: a transfer that breaks leaves the old file.',
    'Passwords, and addresses and headers that are secret, are handed over in a file that only the user can read.',
    '`checksum` takes the digest itself; the address of a list of digests is not taken.',
  ],
  probe(args) {
    refuseControls(args);
    const dest = tidyPath(args.dest);
    const within = joinPath(dest, nameIn(args.url));
    const places = [dest, within].map((one) =>
      all({
        path: known(one),
        at: ask(path, { path: one }),
        now: args.backup === true ? ask(content, { path: one, wanted: '0'.repeat(64) }) : known(null),
        digest: askDigest(args, one),
      }),
    );
    return map(all({ places: each(places), client: askClient() }), ({ places: [own, inner], client }) => {
      const isInto = args.dest.endsWith('/') || isFolder(own?.at);
      return { place: (isInto ? inner : own) as Place, client };
    });
  },
  plan(args, { place, client }) {
    const attributes = changeOfAttributes(place.path, place.at, args);
    if (isAsWanted(args, place)) return attributes ? [attributes] : [];
    const request: Request = { ...args, method: 'GET', follows: true };
    // What the path refuses needs no client.
    const change = download(args, request, place);
    refuseClient(client, request);
    return [change];
  },
  proven(args, _before, { place }) {
    if (place.at.kind === 'absent') return `${place.path} is not there`;
    if (!hasDigest(args, place)) return `${place.path} has another digest`;
    const left = changeOfAttributes(place.path, place.at, args);
    return left === null || left.what;
  },
  result(args, { place: { path: dest, at } }) {
    const file = at.kind === 'link' ? at.followed : at;
    const told = { url: shownUrl(args.url), dest };
    if (!file || file.kind === 'absent') return told;
    const { mode, uid, gid, owner, group, size } = file;
    return { ...told, mode, uid, gid, owner, group, size };
  },
};

function askDigest(args: GetUrlArgs, at: string): Probe<string | null> {
  const wanted = digestOf(args);
  if (!wanted) return known(null);
  const script = sh`p=${at}; if [ -f "$p" ]; then ${wanted.program} <"$p"; fi`;
  return map(askScript('file_digest', script, [`path:${at}`]), ({ output }) => output.split(' ')[0] ?? null);
}

function isAsWanted(args: GetUrlArgs, place: Place): boolean {
  const file = place.at.kind === 'link' ? place.at.followed : place.at;
  if (args.force === true || file?.kind !== 'file') return false;
  return hasDigest(args, place);
}

function hasDigest(args: GetUrlArgs, { digest }: Place): boolean {
  const wanted = digestOf(args);
  return wanted === undefined || wanted.digits === digest;
}

function download(args: GetUrlArgs, request: Request, place: Place): Change {
  const { real, before } = writable(place.at, place.path);
  if (before && before.links > 1)
    throw new CannotPlan(
      `${place.path} has ${before.links} names (hard links), and a new file would part them`,
    );
  const gap = before && attributeGap(before, args);
  const chown = before ? gap?.chown : ownerArgument(null, args);
  const newMode = args.mode === undefined ? '0644' : resolveMode(args.mode, '0644', false);
  const backup = args.backup && place.now ? backupPath(real, place.now) : undefined;
  const replacement = {
    path: real,
    source: { fills: downloadScript(request, digestOf(args)) },
    before,
    chown,
    chmod: before ? gap?.chmod : modeArgument(newMode),
    backup,
  };
  const from = `(from ${shownUrl(args.url)}${args.checksum === undefined ? '' : `, ${args.checksum}`})\n`;
  return {
    what: [
      `fetch ${shownUrl(args.url)} ${before ? 'in the place of' : 'to'} ${place.path}`,
      ...(gap?.what ?? []),
    ].join(', '),
    diff: { before: before ? `(${before.size} bytes)\n` : null, after: from },
    touches: [...new Set([place.path, real, ...(backup ? [backup] : [])])].map(
      (one) => `path:${one}` as const,
    ),
    ...(before ? { saves: [real] } : {}),
    sends: configurations(request),
    apply: replaceFile(replacement),
    undo: before
      ? lines([
          restoreFile(real, saved(0)),
          ...(backup === undefined ? [] : [sh`rm -f -- ${backup} || exit 1`]),
        ])
      : sh`rm -f -- ${real} || exit 1`,
  };
}

function isFolder(at: PathAnswer | undefined): boolean {
  return at?.kind === 'directory' || (at?.kind === 'link' && at.followed?.kind === 'directory');
}

/** The last name of an address, as it stands there. */
function nameIn(url: string | Secret): string {
  const text = url instanceof Secret ? url.reveal() : url;
  const way = text.replace(/^https?:\/\/[^/?#]*/, '').replace(/[?#].*$/s, '');
  const name = nameOf(way);
  return name === '' || name === '.' || name === '..' ? 'index.html' : name;
}
