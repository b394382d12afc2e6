import { type Static, Type } from 'typebox';
import { CannotPlan, type Change } from '../contract/change.ts';
import { tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, each, map } from '../contract/probe.ts';
import { hostPath } from '../contract/schema.ts';
import { fileContexts } from '../facts/file_contexts.ts';
import { mostPaths, setLabels, shownPath } from '../facts/label_change.ts';
import {
  contextOf,
  type LabelledPath,
  type LabelsAnswer,
  selinuxLabels,
  typeOf,
} from '../facts/selinux_labels.ts';
import { askSelinux, refuseWithoutSelinux, type SelinuxHost } from '../facts/selinux_ready.ts';
import {
  refuseType,
  selinuxLevel,
  selinuxName,
  selinuxType,
  type TypeAnswer,
} from '../facts/selinux_type.ts';

const args = Type.Object(
  {
    path: hostPath('What gets the label; a link is refused, since its own label is seldom meant.'),
    setype: Type.Optional(Type.String({ ...selinuxName, description: 'The type: "httpd_sys_content_t".' })),
    seuser: Type.Optional(Type.String({ ...selinuxName, description: 'The user: "system_u".' })),
    serole: Type.Optional(Type.String({ ...selinuxName, description: 'The role; of files it is object_r.' })),
    selevel: Type.Optional(Type.String({ ...selinuxLevel, description: 'The level: "s0".' })),
    recurse: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether all that is below a directory gets it too.' }),
    ),
  },
  {
    additionalProperties: false,
    anyOf: ['setype', 'seuser', 'serole', 'selevel'].map((name) => ({ required: [name] })),
  },
);

export type ChconArgs = Static<typeof args>;

export interface ChconState {
  readonly host: SelinuxHost;
  readonly labels: LabelsAnswer;
  readonly type: TypeAnswer;
  /** Types that `restorecon` leaves on a file unless it is forced. */
  readonly customizable: readonly string[];
}

/** A label for now, whatever the policy has for the path. */
export const chcon: Module<ChconArgs, ChconState> = {
  kind: 'resource',
  name: 'chcon',
  summary: 'Gives a path an SELinux label for now; a relabelling of the host undoes it.',
  args,
  notes: [
    '`restorecon`, a relabelling at boot, and each file that is written anew in the place of the old one bring back the label that the policy has. `sefcontext` makes it last.',
    'The plan and `lasts` of the register say what `restorecon` would make of it. A type that users choose (customizable_types) it leaves, unless it is told `-F`.',
    'A type that the policy does not know, and one that is a domain (keepalived_t), are refused before anything is changed: the kernel has no `relabelto` for them, whoever asks.',
  ],
  probe: (wanted) =>
    all({
      host: askSelinux(['chcon', 'matchpathcon']),
      labels: ask(selinuxLabels, { path: tidyPath(wanted.path), deep: wanted.recurse === true }),
      type: map(
        each(wanted.setype === undefined ? [] : [ask(selinuxType, wanted.setype)]),
        ([one]) => one ?? 'unknown',
      ),
      customizable: map(ask(fileContexts, tidyPath(wanted.path)), (contexts) => contexts.customizable),
    }),
  plan: planLabels,
  result(wanted, { labels, customizable }) {
    const [first] = labels.kind === 'paths' ? labels.entries : [];
    return {
      path: tidyPath(wanted.path),
      label: first?.label ?? null,
      policy_label: first?.policy ?? null,
      lasts:
        labels.kind === 'paths' &&
        labels.entries.every((one) => isKept(one) || customizable.includes(typeOf(one.label))),
    };
  },
};

function planLabels(wanted: ChconArgs, { host, labels, type, customizable }: ChconState): readonly Change[] {
  refuseWithoutSelinux(host);
  const path = tidyPath(wanted.path);
  if (labels.kind === 'absent')
    throw new CannotPlan(`there is no ${path} on the host`, { missing: `path:${path}` });
  if (labels.kind === 'unknown') throw new CannotPlan(`the label of ${path} cannot be read`);
  const [first] = labels.entries;
  if (first?.kind === 'link') throw new CannotPlan(`${path} is a link`, { next: 'name what it leads to' });
  if (wanted.setype !== undefined) refuseType(wanted.setype, type);
  const off = labels.entries.filter((one) => labelFor(wanted, one) !== one.label);
  if (off.length === 0) return [];
  if (off.length > mostPaths)
    throw new CannotPlan(`${off.length} paths would be relabelled: that is too many at once`);
  const after = (one: LabelledPath) => labelFor(wanted, one);
  return [
    {
      what: `label ${off.length === 1 ? shownPath(off[0] as LabelledPath) : `${path} and below, ${off.length} paths`}: ${said(wanted, off, ({ label }) => label)} → ${said(wanted, off, after)}${warning(off, after, customizable)}`,
      diff: {
        before: off.map((one) => `${shownPath(one)} ${one.label}\n`).join(''),
        after: off.map((one) => `${shownPath(one)} ${after(one)}\n`).join(''),
      },
      touches: [`path:${path}`],
      apply: setLabels(off, after),
      undo: setLabels(off, ({ label }) => label),
    },
  ];
}

function labelFor({ seuser, serole, setype, selevel }: ChconArgs, { label }: LabelledPath): string {
  const is = contextOf(label) ?? { user: 'system_u', role: 'object_r', type: 'unlabeled_t', range: '' };
  const range = selevel ?? is.range;
  return `${seuser ?? is.user}:${serole ?? is.role}:${setype ?? is.type}${range === '' ? '' : `:${range}`}`;
}

function isKept({ label, policy }: LabelledPath): boolean {
  return policy === null || typeOf(policy) === typeOf(label);
}

function warning(
  off: readonly LabelledPath[],
  after: (one: LabelledPath) => string,
  customizable: readonly string[],
): string {
  const back = off.filter((one) => !isKept({ ...one, label: after(one) }));
  if (back.length === 0) return '';
  const isForced = back.every((one) => customizable.includes(typeOf(after(one))));
  const types = [...new Set(back.map(({ policy }) => typeOf(policy ?? '')))];
  return ` (restorecon ${isForced ? '-F ' : ''}would make it ${types.join(', ')})`;
}

// Types, or whole labels where the type is not what changes.
function said(
  { setype }: ChconArgs,
  off: readonly LabelledPath[],
  of: (one: LabelledPath) => string,
): string {
  const labels = off.map(of).map((label) => (setype === undefined ? label : typeOf(label)));
  return [...new Set(labels)].join(', ');
}
