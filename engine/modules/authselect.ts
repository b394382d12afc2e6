import { CannotPlan, type Change, noted, predict } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { ask } from '../contract/probe.ts';
import { authselect as authselectFact, type AuthselectAnswer } from '../facts/authselect.ts';
import { pamKey } from '../facts/pam_files.ts';
import { withSystemPath } from '../facts/program.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { type AuthselectArgs, authselectArguments } from './authselect/arguments.ts';

type Selected = NonNullable<AuthselectAnswer>;

/** The profile of authselect and its features. */
export const authselect: Module<AuthselectArgs, AuthselectAnswer> = {
  kind: 'resource',
  name: 'authselect',
  summary: 'Selects authselect’s profile and turns its features on and off (RHEL 8 and later, Fedora).',
  args: authselectArguments,
  notes: [
    'authselect owns system-auth, password-auth and their like: they are made from a profile and never edited here. What no feature offers goes into a profile of your own (authselect create-profile).',
    'Where `authselect check` finds its files changed by hand, or nothing selected, the task fails: `force` with `profile` writes over what is there, from which authselect’s backup is the way back.',
    'A feature is taken back by turning it off or on again, and a profile by selecting the one before; after `force` the backup is restored.',
    'Source: authselect(8).',
  ],
  probe: () => ask(authselectFact, undefined),
  plan: planSelection,
  result: (_args, now) => ({
    check: now?.check ?? null,
    profile: now?.profile ?? null,
    features: now?.features ?? [],
  }),
};

function planSelection(args: AuthselectArgs, now: AuthselectAnswer): readonly Change[] {
  const { enable = [], disable = [] } = args;
  if (!now)
    throw new CannotPlan('the host has no authselect', {
      missing: 'authselect:current',
      next: 'RHEL 8 and later and Fedora have it (package authselect); Debian has pam-auth-update, other systems edit their files',
    });
  const both = enable.find((name) => disable.includes(name));
  if (both !== undefined) throw new CannotPlan(`${both} is both to be enabled and to be disabled`);
  const profile = args.profile ?? now.profile;
  const wanted = [...now.features.filter((name) => !disable.includes(name)), ...enable];
  const features = [...new Set(wanted)].toSorted();
  const isSame = profile === now.profile && features.join(' ') === now.features.join(' ');
  if (isSame && now.check === 'intact') return [];
  if (now.check !== 'intact') refuseForeign(args, now);
  if (profile === null) throw new CannotPlan('no profile is selected', { next: 'say `profile`' });
  return [select({ profile, features, backup: args.backup ?? 'before-fettle' }, now)];
}

function refuseForeign({ force, profile }: AuthselectArgs, now: Selected): void {
  if (force && profile !== undefined) return;
  const seen =
    now.check === 'edited'
      ? 'authselect’s files were changed by hand (authselect check)'
      : 'none of authselect’s profiles is selected, so that its files were made by hand or by another program';
  throw new CannotPlan(seen, {
    missing: 'authselect:current',
    next: 'see what differs (authselect check); say `profile` with `force: true` to write over it',
  });
}

interface Selection {
  readonly profile: string;
  readonly features: readonly string[];
  readonly backup: string;
}

function select({ profile, features, backup }: Selection, now: Selected): Change {
  const on = features.filter((name) => !now.features.includes(name));
  const off = now.features.filter((name) => !features.includes(name));
  const isForced = now.check !== 'intact';
  if (isForced && now.backups.includes(backup))
    throw new CannotPlan(`authselect has a backup ${backup} already, and it would be the only way back`, {
      next: 'give another name in `backup`',
    });
  const keeps = now.backups.includes(backup) ? [] : [`--backup=${backup}`];
  const isOther = isForced || profile !== now.profile;
  const forward = isOther
    ? [sh`authselect select ${profile} ${features} ${[...keeps, ...(isForced ? ['--force'] : [])]} || exit 1`]
    : toggles(on, off, keeps);
  const back = isForced
    ? [sh`authselect backup-restore ${backup} || exit 1`]
    : isOther
      ? [sh`authselect select ${now.profile ?? ''} ${now.features} || exit 1`]
      : toggles(off, on, []);
  return {
    what: [
      ...(isOther ? [`select the profile ${profile} in place of ${now.profile ?? 'what is there'}`] : []),
      ...(on.length > 0 ? [`enable ${on.join(', ')}`] : []),
      ...(off.length > 0 ? [`disable ${off.join(', ')}`] : []),
    ]
      .join(', ')
      .concat(' (authselect)'),
    diff: { before: shown(now.profile, now.features), after: shown(profile, features) },
    touches: [
      'authselect:current',
      pamKey,
      'path:/etc/authselect',
      'path:/etc/pam.d',
      'path:/etc/nsswitch.conf',
      'path:/var/lib/authselect',
    ],
    apply: lines([
      withSystemPath,
      sh`mkdir -p "$FETTLE_SAVE" || exit 1`,
      ...(keeps.length > 0 ? [sh`: >${noted('backup')} || exit 1`] : []),
      sh`(`,
      ...forward,
      sh`) >/dev/null </dev/null || exit 1`,
    ]),
    undo: lines([
      withSystemPath,
      sh`(`,
      ...back,
      sh`if [ -e ${noted('backup')} ]; then authselect backup-remove ${backup} || exit 1; fi`,
      sh`) >/dev/null </dev/null || exit 1`,
    ]),
    predicts: [
      predict(
        { fact: authselectFact, subject: undefined },
        {
          check: 'intact',
          profile,
          features,
          backups: [...now.backups, ...(keeps.length > 0 ? [backup] : [])],
        },
      ),
    ],
  };
}

function toggles(on: readonly string[], off: readonly string[], first: readonly string[]): Script[] {
  const calls = [
    ...on.map((name) => ['enable-feature', name]),
    ...off.map((name) => ['disable-feature', name]),
  ];
  return calls.map((words, index) => sh`authselect ${[...words, ...(index === 0 ? first : [])]} || exit 1`);
}

function shown(profile: string | null, features: readonly string[]): string | null {
  return profile === null ? null : `${[profile, ...features].join('\n')}\n`;
}
