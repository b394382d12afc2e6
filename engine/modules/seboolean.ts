import { type Static, Type } from 'typebox';
import { CannotPlan, type Change, predict } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask } from '../contract/probe.ts';
import { withSystemPath } from '../facts/program.ts';
import { type BooleanAnswer, selinuxBoolean } from '../facts/selinux_boolean.ts';
import { askSelinux, refuseWithoutSelinux, type SelinuxHost } from '../facts/selinux_ready.ts';
import { lines, sh, type Script } from '../shell/script.ts';

const args = Type.Object(
  {
    name: Type.String({
      pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
      errorMessage: 'must be a boolean such as "httpd_can_network_connect"',
      description: 'The boolean: "httpd_can_network_connect".',
    }),
    state: Type.Boolean({ description: 'Whether it is on.' }),
    persistent: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether it is so after the next start, too.' }),
    ),
  },
  { additionalProperties: false },
);

export type SebooleanArgs = Static<typeof args>;

export interface SebooleanState {
  readonly host: SelinuxHost;
  readonly is: BooleanAnswer;
}

/** A switch of the policy. */
export const seboolean: Module<SebooleanArgs, SebooleanState> = {
  kind: 'resource',
  name: 'seboolean',
  summary: 'Keeps a boolean of the SELinux policy on or off.',
  args,
  notes: [
    'With `persistent` the policy is built anew, which takes some seconds.',
    'What undo gives back is the value, now and for the next start; where the host had none of its own, it then has one with the policy’s value.',
    '`getsebool -a` lists them, `semanage boolean -l` says what they do.',
  ],
  probe: ({ name, persistent = false }) =>
    all({
      host: askSelinux(['setsebool', ...(persistent ? (['semanage'] as const) : [])]),
      is: ask(selinuxBoolean, { name, saved: persistent }),
    }),
  plan: planBoolean,
  result: ({ name }, { is }) => ({ name, state: is.now, persistent_state: is.saved }),
};

function planBoolean(
  { name, state, persistent = false }: SebooleanArgs,
  { host, is }: SebooleanState,
): readonly Change[] {
  refuseWithoutSelinux(host);
  if (is.now === null) {
    throw new CannotPlan(`the policy has no boolean ${name}`, {
      missing: `selinux_boolean:${name}`,
      next: 'check the name (getsebool -a), or install the policy module that brings it',
    });
  }
  if (is.now === state && (!persistent || is.saved === state)) return [];
  const before = is.saved ?? is.now;
  return [
    {
      what: `turn ${name} ${word(state)}${persistent ? ', for good' : ', until the next start'}: ${told(is, persistent)} → ${word(state)}`,
      diff: { before: told(is, persistent), after: word(state) },
      touches: [`selinux_boolean:${name}`],
      apply: set(name, state, persistent),
      undo: persistent
        ? lines([set(name, before, true), ...(before === is.now ? [] : [set(name, is.now, false)])])
        : set(name, is.now, false),
      predicts: [
        predict(
          { fact: selinuxBoolean, subject: { name, saved: persistent } },
          { now: state, saved: persistent ? state : is.saved },
        ),
      ],
    },
  ];
}

function set(name: string, state: boolean, persistent: boolean): Script {
  return lines([withSystemPath, sh`setsebool ${persistent ? ['-P'] : []} ${name} ${word(state)} || exit 1`]);
}

function told({ now, saved }: BooleanAnswer, persistent: boolean): string {
  if (!persistent || saved === now || saved === null || now === null) return word(now);
  return `${word(now)}, ${word(saved)} after the next start`;
}

function word(state: boolean | null): string {
  return state ? 'on' : 'off';
}
