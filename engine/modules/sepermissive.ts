import { type Static, Type } from 'typebox';
import { CannotPlan, type Change, predict } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask } from '../contract/probe.ts';
import { permissiveDomains } from '../facts/permissive_domains.ts';
import { withSystemPath } from '../facts/program.ts';
import { askSelinux, refuseWithoutSelinux, type SelinuxHost } from '../facts/selinux_ready.ts';
import { selinuxName, selinuxType, type TypeAnswer } from '../facts/selinux_type.ts';
import { lines, sh, type Script } from '../shell/script.ts';

const args = Type.Object(
  {
    domain: Type.String({ ...selinuxName, description: 'The type of the processes: "keepalived_t".' }),
    state: Type.Optional(
      Type.Enum(['present', 'absent'], {
        default: 'present',
        description: 'Whether the domain is permissive.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type SepermissiveArgs = Static<typeof args>;

export interface SepermissiveState {
  readonly host: SelinuxHost;
  readonly isPermissive: boolean | null;
  readonly type: TypeAnswer;
}

/** One domain that SELinux lets through and only reports. */
export const sepermissive: Module<SepermissiveArgs, SepermissiveState> = {
  kind: 'resource',
  name: 'sepermissive',
  summary: 'Keeps one domain permissive: SELinux reports what it would deny, and all else stays enforced.',
  args,
  notes: [
    'Meant for a time: let the programs run, read with `avc` what would be denied (`permissive` of a denial is true), mend it, then `state: absent`.',
    'A domain that another policy module makes permissive is not seen, and not taken back.',
    'The policy is built anew, which takes some seconds.',
  ],
  probe: ({ domain }) =>
    all({
      host: askSelinux(['semanage']),
      isPermissive: ask(permissiveDomains, domain),
      type: ask(selinuxType, domain),
    }),
  plan: planDomain,
  result: ({ domain }, { isPermissive }) => ({ domain, permissive: isPermissive }),
};

function planDomain(
  { domain, state = 'present' }: SepermissiveArgs,
  { host, isPermissive, type }: SepermissiveState,
): readonly Change[] {
  refuseWithoutSelinux(host);
  if (isPermissive === null)
    throw new CannotPlan("the policy's store cannot be read", { next: 'become root' });
  const wanted = state === 'present';
  if (isPermissive === wanted) return [];
  if (wanted && type === 'invalid') {
    throw new CannotPlan(`the policy has no domain ${domain}`, {
      missing: 'selinux:policy',
      next: 'check the name (ps -eZ), or install the policy module that brings it',
    });
  }
  if (wanted && type === 'yes')
    throw new CannotPlan(`${domain} is a type of files, not of processes`, {
      next: 'see ps -eZ for the domain',
    });
  const words = (is: boolean) => (is ? 'permissive' : 'enforcing');
  return [
    {
      what: `make ${domain} ${words(wanted)}: ${words(isPermissive)} → ${words(wanted)}`,
      diff: { before: words(isPermissive), after: words(wanted) },
      touches: [`selinux_permissive:${domain}`],
      apply: set(domain, wanted),
      undo: set(domain, isPermissive),
      predicts: [predict({ fact: permissiveDomains, subject: domain }, wanted)],
    },
  ];
}

// What it says beside its work (a module that is removed) is no complaint.
function set(domain: string, permissive: boolean): Script {
  return lines([
    withSystemPath,
    sh`e=$(semanage permissive ${permissive ? '-a' : '-d'} ${domain} 2>&1) || { printf '%s\\n' "$e" >&2; exit 1; }`,
  ]);
}
