import { type Static, Type } from 'typebox';
import { CannotPlan, type Change, predict } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, each, map } from '../contract/probe.ts';
import { askEdit, editable, type EditState, planEdit } from '../facts/edit_file.ts';
import { path, type PathAnswer } from '../facts/path.ts';
import { modeLine, type Selinux, selinux as selinuxFact } from '../facts/selinux.ts';
import { sh } from '../shell/script.ts';

const args = Type.Object(
  {
    state: Type.Enum(['enforcing', 'permissive', 'disabled'], {
      description: 'The mode, now and after the next start. `disabled` is refused: it is never a remedy.',
    }),
    policy: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_.-]+$',
        errorMessage: 'must be the name of a policy such as "targeted"',
        description: 'The policy that the next start loads; as it is where absent.',
      }),
    ),
    relabel: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Whether the next start labels all files anew (/.autorelabel), where SELinux was off or the policy changes.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type SelinuxArgs = Static<typeof args>;

export interface SelinuxState {
  readonly mode: Selinux;
  readonly config: EditState;
  /** The folder of the policy that is asked for. */
  readonly policy: PathAnswer | null;
  readonly mark: PathAnswer;
}

/** The mode of SELinux, now and for the next start. */
export const selinux: Module<SelinuxArgs, SelinuxState> = {
  kind: 'resource',
  name: 'selinux',
  summary: 'Keeps SELinux enforcing or permissive, now and after the next start.',
  args,
  notes: [
    '`disabled` is refused: files that are written meanwhile have no label, and to turn it on again takes a start with all files labelled. Make one domain permissive (`sepermissive`), or mend what is denied (`avc`, `sefcontext`, `seboolean`).',
    'Where it is off, it becomes `permissive` first, with `relabel: true` and a reboot; `enforcing` is taken only once it is on. `enforcing` over files without labels leaves a host that nobody can log in to.',
    'Words on the command line of the kernel (`enforcing=0`, `selinux=0`) go before the file.',
    '/etc/sysconfig/selinux is a link to /etc/selinux/config, which is what is written.',
  ],
  probe: (wanted) =>
    all({
      mode: ask(selinuxFact, undefined),
      config: askEdit(file),
      policy: map(
        each(
          wanted.policy === undefined ? [] : [ask(path, { path: `/etc/selinux/${wanted.policy}/contexts` })],
        ),
        ([one]) => one ?? null,
      ),
      mark: ask(path, { path: mark }),
    }),
  plan: planMode,
  result: ({ policy }, { mode }) => ({
    mode: mode.mode,
    configured: mode.configured,
    policy: policy ?? mode.policy,
  }),
};

const file = '/etc/selinux/config';
const mark = '/.autorelabel';

function planMode(
  wanted: SelinuxArgs,
  { mode, config, policy, mark: marked }: SelinuxState,
): readonly Change[] {
  if (wanted.state === 'disabled') {
    throw new CannotPlan('SELinux is not turned off here: it is never a remedy', {
      next: 'see what is denied (`avc`) and mend that; for a time, make one domain permissive (`sepermissive`)',
    });
  }
  const old = editable(file, config)?.toString('latin1') ?? null;
  if (old === null) {
    throw new CannotPlan(`there is no ${file}: this host has no SELinux`, {
      missing: `path:${file}`,
      next: 'leave it out of this play',
    });
  }
  const newPolicy = wanted.policy !== undefined && wanted.policy !== mode.policy;
  if (newPolicy && policy?.kind !== 'directory') {
    throw new CannotPlan(`there is no policy ${wanted.policy} on the host`, {
      missing: `path:/etc/selinux/${wanted.policy}`,
      next: `install selinux-policy-${wanted.policy}`,
    });
  }
  if (!mode.enabled && wanted.state === 'enforcing') {
    throw new CannotPlan(
      'SELinux is off: enforcing over files without labels leaves a host that nobody can log in to',
      {
        missing: 'selinux:mode',
        next: 'state: permissive with relabel: true first, then a reboot, then enforcing once `avc` tells nothing any more',
      },
    );
  }
  const needsLabels = !mode.enabled || newPolicy;
  if (needsLabels && !wanted.relabel && (newPolicy || mode.configured !== wanted.state)) {
    throw new CannotPlan(
      newPolicy
        ? `another policy (${mode.policy ?? 'none'} → ${wanted.policy}) means that all files need other labels`
        : 'SELinux is off, and files that were written meanwhile have no labels',
      { next: 'relabel: true, and a reboot' },
    );
  }
  const withMode = mode.configured === wanted.state ? old : withValue(old, 'SELINUX', wanted.state);
  const edited = newPolicy ? withValue(withMode, 'SELINUXTYPE', wanted.policy as string) : withMode;
  return [
    ...(needsLabels && wanted.relabel && marked.kind === 'absent' && edited !== old ? [marking()] : []),
    ...planEdit(
      file,
      config,
      {
        bytes: Buffer.from(edited, 'latin1'),
        what: `set SELinux to ${wanted.state}${newPolicy ? ` with policy ${wanted.policy}` : ''} from the next start on, in ${file}`,
      },
      {},
    ),
    ...(mode.enabled && mode.mode !== wanted.state ? [switching(mode, wanted.state)] : []),
  ];
}

/** Where the line that counts stands, it is changed; one is added where there is none. */
function withValue(text: string, name: 'SELINUX' | 'SELINUXTYPE', value: string): string {
  const all: readonly string[] = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const at =
    name === 'SELINUX'
      ? all.findIndex((line) => modeLine.test(line))
      : all.findLastIndex((line) => /^\s*SELINUXTYPE=/.test(line));
  if (at < 0) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${name}=${value}\n`;
  return all.with(at, (all[at] as string).replace(/=[^\r\n]*/, `=${value}`)).join('');
}

function switching(mode: Selinux, wanted: 'enforcing' | 'permissive'): Change {
  const set = (
    to: Selinux['mode'],
  ) => sh`f=/sys/fs/selinux/enforce; if ! [ -e "$f" ]; then f=/selinux/enforce; fi
printf %s ${to === 'enforcing' ? '1' : '0'} >"$f" || { echo 'the kernel does not take it: become root, or look at the boolean secure_mode_policyload' >&2; exit 1; }`;
  return {
    what: `set SELinux to ${wanted} now: ${mode.mode} → ${wanted}`,
    diff: { before: mode.mode, after: wanted },
    touches: ['selinux:mode'],
    apply: set(wanted),
    undo: set(mode.mode),
    predicts: [
      predict({ fact: selinuxFact, subject: undefined }, { ...mode, mode: wanted, configured: wanted }),
    ],
  };
}

function marking(): Change {
  return {
    what: `have all files labelled at the next start: ${mark}`,
    diff: { before: null, after: '' },
    touches: [`path:${mark}`],
    apply: sh`: >${mark} || exit 1`,
    undo: sh`rm -f ${mark} || exit 1`,
  };
}
