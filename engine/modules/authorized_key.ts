import { CannotPlan, type Change, predict } from '../contract/change.ts';
import { nameOf, parentOf, tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, ask } from '../contract/probe.ts';
import type { Attributes } from '../facts/attributes.ts';
import {
  type AuthorizedKeysAnswer,
  authorizedKeys,
  type AuthorizedKeysSubject,
  type Place,
} from '../facts/authorized_keys.ts';
import { diffText } from '../facts/diff_text.ts';
import { passwd, type PasswdEntry } from '../facts/passwd.ts';
import { newAttributes } from '../facts/wanted_attributes.ts';
import { Secret } from '../shell/secret.ts';
import { type AuthorizedKeyArgs, authorizedKeyArguments } from './authorized_key/arguments.ts';
import { editKeys, wantedKeys } from './authorized_key/edit.ts';
import { install, type Installation, takeOut } from './authorized_key/install.ts';

export interface AuthorizedKeyState {
  readonly user: PasswdEntry | null;
  readonly found: AuthorizedKeysAnswer;
}

/** The keys with which a user may log in. */
export const authorizedKey: Module<AuthorizedKeyArgs, AuthorizedKeyState> = {
  kind: 'resource',
  name: 'authorized_key',
  summary: "Keeps public keys in a user's authorized_keys, as sshd wants the file and its directory.",
  args: authorizedKeyArguments,
  notes: [
    'A key is known by its type and data; a comment alone makes no difference. Options of a key that is there stay, unless `key_options` or the given line has some; Ansible takes them away.',
    'The file gets mode 0600 and the directory 0700, both owned by the user, since sshd (StrictModes) passes over others. It also passes over keys in a home that group or others may write: that is not changed here.',
    'The file is ~/.ssh/authorized_keys: where sshd looks elsewhere (its AuthorizedKeysFile), say `path`.',
    'Symbolic links in the place of the directory or the file are refused unless `follow: true`, so that a user cannot lead root to another file.',
    'With `exclusive` every other key goes, and every line that is neither a key nor a comment.',
    'A user without a password is locked, and sshd without PAM refuses its keys: `user` with `password: "*"` allows keys alone.',
  ],
  probe: (args) =>
    all({ user: ask(passwd, { name: args.user }), found: ask(authorizedKeys, subjectOf(args)) }),
  plan,
  result: (args, { found }) => ({ user: args.user, keyfile: found?.file }),
};

function subjectOf({ user, path, follow }: AuthorizedKeyArgs): AuthorizedKeysSubject {
  return { user, path: path === undefined ? null : tidyPath(path), follow: follow === true };
}

function plan(args: AuthorizedKeyArgs, { user, found }: AuthorizedKeyState): readonly Change[] {
  const wanted = wantedKeys(args);
  const isAbsent = args.state === 'absent';
  if (!user || !found) {
    if (isAbsent) return [];
    throw new CannotPlan(`there is no user ${args.user}`, {
      missing: `user:${args.user}`,
      next: `make it first: user: {name: ${args.user}}`,
    });
  }
  refuseUnfit(args, found);
  if (isAbsent && found.at === 'absent') return [];
  if (found.at !== 'absent' && found.bytes === null)
    throw new CannotPlan(`${found.file} cannot be read`, { next: `become root or ${args.user}` });
  const folder = folderOf(args, user, found);
  const text = found.bytes?.toString('latin1') ?? '';
  const edited = editKeys(text, wanted, args);
  const before = found.at as Attributes | 'absent';
  const isFit =
    before !== 'absent' && before.uid === user.uid && before.gid === user.gid && before.mode === '0600';
  const needsFolder = folder.kind !== 'left';
  if (edited.what.length === 0 && (isAbsent || (isFit && !needsFolder))) return [];
  const what = [
    ...edited.what,
    ...(isFit || before === 'absent' ? [] : [`give it to ${args.user}, mode ${before.mode} → 0600`]),
    ...(folder.kind === 'given'
      ? [`its directory to ${args.user}, mode ${folder.mode.slice(1)} → 0700`]
      : []),
  ];
  return [
    changeOf(args, user, found, { text: edited.text, what: `${found.file}: ${what.join(', ')}`, folder }),
  ];
}

function refuseUnfit(
  args: AuthorizedKeyArgs,
  { home, file, above, directory, at }: NonNullable<AuthorizedKeysAnswer>,
): void {
  const folder = parentOf(file);
  if (directory === 'hidden' || at === 'hidden')
    throw new CannotPlan(`${folder} cannot be searched`, { next: `become root or ${args.user}` });
  const link = [directory, at].findIndex((place) => typeof place === 'object' && place.kind === 'link');
  if (link >= 0) {
    throw new CannotPlan(`${link === 0 ? folder : file} is a symbolic link`, {
      next: `say follow: true if ${args.user} is trusted to say which file is written`,
    });
  }
  if (typeof directory === 'object' && directory.kind !== 'directory')
    throw new CannotPlan(`${folder} is a ${directory.kind}, not a directory`);
  if (typeof at === 'object' && at.kind !== 'file')
    throw new CannotPlan(`${file} is a ${at.kind}, not a file`);
  if (args.state === 'absent' || directory !== 'absent') return;
  if (above === '') {
    const missing = parentOf(folder);
    throw new CannotPlan(`${missing} does not exist${missing === home ? `, the home of ${args.user}` : ''}`, {
      missing: `path:${missing}`,
      next: missing === home ? `make it: user: {name: ${args.user}, create_home: true}` : 'make it first',
    });
  }
  if (!managesFolder(args)) {
    throw new CannotPlan(`${folder} does not exist`, {
      missing: `path:${folder}`,
      next: 'make it first, or say manage_dir: true',
    });
  }
}

function managesFolder({ manage_dir: manages, path }: AuthorizedKeyArgs): boolean {
  return manages ?? path === undefined;
}

function folderOf(
  args: AuthorizedKeyArgs,
  user: PasswdEntry,
  found: { directory: Place },
): Installation['folder'] {
  const { directory } = found;
  if (!managesFolder(args) || args.state === 'absent') return { kind: 'left' };
  if (typeof directory !== 'object') return { kind: 'made' };
  const isFit = directory.uid === user.uid && directory.gid === user.gid && directory.mode === '0700';
  return isFit
    ? { kind: 'left' }
    : { kind: 'given', owner: `${directory.uid}:${directory.gid}`, mode: `0${directory.mode}` };
}

function changeOf(
  args: AuthorizedKeyArgs,
  user: PasswdEntry,
  found: NonNullable<AuthorizedKeysAnswer>,
  made: { readonly text: string; readonly what: string; readonly folder: Installation['folder'] },
): Change {
  const { file, above, bytes } = found;
  const folder = parentOf(file);
  const installation: Installation = {
    above,
    directory: nameOf(folder),
    name: nameOf(file),
    owner: `${user.uid}:${user.gid}`,
    folder: made.folder,
    isThere: found.at !== 'absent',
  };
  const now = Buffer.from(made.text, 'latin1');
  const shown = (one: Buffer) => (args.key instanceof Secret ? new Secret(diffText(one)) : diffText(one));
  const owned = { owner: String(user.uid), group: String(user.gid) };
  const directory =
    made.folder.kind === 'left' ? found.directory : newAttributes('directory', 0, '0700', owned);
  return {
    what: made.what,
    diff: { before: bytes && shown(bytes), after: shown(now), file },
    touches: [
      ...(args.path === undefined ? [`authorized_keys:${args.user}` as const] : []),
      `path:${file}`,
      ...(made.folder.kind === 'left' ? [] : [`path:${folder}` as const]),
    ],
    ...(installation.isThere ? { saves: [file] } : {}),
    sends: [{ kind: 'bytes', bytes: now }],
    apply: install(installation),
    undo: takeOut(installation),
    predicts: [
      predict(
        { fact: authorizedKeys, subject: subjectOf(args) },
        { ...found, directory, at: newAttributes('file', now.length, '0600', owned), bytes: now },
      ),
    ],
  };
}
