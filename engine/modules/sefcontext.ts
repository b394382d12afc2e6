import { CannotPlan } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, each, map, type Probe } from '../contract/probe.ts';
import { type FileContexts, fileContexts } from '../facts/file_contexts.ts';
import { type LabelsAnswer, selinuxLabels, typeOf } from '../facts/selinux_labels.ts';
import { askSelinux, refuseWithoutSelinux, type SelinuxHost } from '../facts/selinux_ready.ts';
import { selinuxType, type TypeAnswer } from '../facts/selinux_type.ts';
import { type SefcontextArgs, sefcontextArguments } from './sefcontext/arguments.ts';
import { planRule, ruleOf, wrongLabels } from './sefcontext/plan.ts';
import { stemOf } from './sefcontext/target.ts';

export interface SefcontextState {
  readonly host: SelinuxHost;
  readonly contexts: FileContexts;
  readonly labels: LabelsAnswer;
  readonly type: TypeAnswer;
}

/** A rule that says which label files get, and the labels of the files that are there. */
export const sefcontext: Module<SefcontextArgs, SefcontextState> = {
  kind: 'resource',
  name: 'sefcontext',
  summary:
    "Keeps a rule of the host's own for the SELinux labels of paths, and gives what is there its label.",
  args: sefcontextArguments,
  notes: [
    'This lasts: a relabelling of the host keeps to the rule. `chcon` sets a label for now.',
    "Rules are read from the policy's files, so that a host where all is well pays no call of `semanage`. A rule of the policy's own that says the same is enough.",
    '`semanage` is needed only where a rule is to be written or removed.',
    'What is relabelled is told path by path in the diff, and gets its former label back by `fettle undo`. Ansible leaves the labels as they are; `relabel: false` does so here.',
    'Only the type decides unless `seuser`, `selevel` or `force` is given, as with `restorecon`; paths whose type is one that users choose (customizable_types) keep it unless `force` is on.',
    'Where a new rule is written, the paths are those that its regular expression matches; should another rule of the policy go before it, the labels stay, and the proof says so.',
    'Below folders that are labelled as others are (`/usr/lib64` as `/usr/lib`, on RHEL `/usr/local` as `/usr`; `semanage fcontext -l -C` and file_contexts.subs_dist list them), the rule is written for the other, as `semanage` wants it, and the labels are those of the path that was given. A file of that name in the other folder is meant by the rule, too.',
  ],
  probe: probeRule,
  plan(args, state) {
    if (args.state !== 'absent' && args.setype === undefined) throw new CannotPlan('`setype` is needed');
    // Where the rule is there, `restorecon` is enough.
    const { missing } = state.host;
    const isEnough = missing.every((tool) => tool === 'semanage');
    refuseWithoutSelinux(isEnough ? { ...state.host, missing: [] } : state.host);
    return planRule(args, state);
  },
  result: (args, { contexts, labels }) => ({
    target: args.target,
    context: ruleOf(args, contexts.local)?.context ?? ruleOf(args, contexts.policy)?.context ?? null,
    relabels: wrongLabels(args, contexts, labels).map(({ path, label, policy }) => ({
      path: Buffer.from(path, 'latin1').toString('utf8'),
      type: typeOf(label),
      policy_type: policy === null ? null : typeOf(policy),
    })),
  }),
};

function probeRule(args: SefcontextArgs): Probe<SefcontextState> {
  const { target, setype, relabel = true } = args;
  const stem = stemOf(target);
  if (relabel && stem === '/') {
    throw new CannotPlan(`everything below / would have to be looked at for ${target}`, {
      next: 'write a path before the first sign of the regular expression, or set `relabel: false` and run restorecon where it is needed',
    });
  }
  const isType = setype !== undefined && setype !== '<<none>>' && args.state !== 'absent';
  return all({
    host: askSelinux(['semanage', ...(relabel ? (['restorecon', 'matchpathcon', 'chcon'] as const) : [])]),
    contexts: ask(fileContexts, target),
    labels: map(
      each(relabel ? [ask(selinuxLabels, { path: stem, deep: true })] : []),
      ([one]) => one ?? { kind: 'unknown' as const },
    ),
    type: map(each(isType ? [ask(selinuxType, setype)] : []), ([one]) => one ?? 'unknown'),
  });
}
