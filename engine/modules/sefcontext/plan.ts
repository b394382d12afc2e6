import { CannotPlan, type Change } from '../../contract/change.ts';
import { isBelow } from '../../contract/host_path.ts';
import type { ContextRule, FileContexts } from '../../facts/file_contexts.ts';
import { mostPaths, restoreLabels, setLabels, shownPath } from '../../facts/label_change.ts';
import { withSystemPath } from '../../facts/program.ts';
import { contextOf, type LabelledPath, type LabelsAnswer, typeOf } from '../../facts/selinux_labels.ts';
import { refuseWithoutTools } from '../../facts/selinux_ready.ts';
import { refuseType } from '../../facts/selinux_type.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import type { SefcontextArgs } from './arguments.ts';
import type { SefcontextState } from '../sefcontext.ts';
import { isFor, stemOf } from './target.ts';

const none = '<<none>>';

/** The rule that there is for the kind of file that is meant. */
export function ruleOf(
  { ftype = 'a' }: SefcontextArgs,
  rules: readonly ContextRule[],
): ContextRule | undefined {
  return rules.findLast((rule) => rule.ftype === ftype);
}

/** The policy's rule for the kind of file that is meant; one for every kind does as well. */
function policyRule(args: SefcontextArgs, { policy }: FileContexts): ContextRule | undefined {
  return ruleOf(args, policy) ?? ruleOf({ ...args, ftype: 'a' }, policy);
}

/** One change: the rule, then the labels of what is there. */
export function planRule(args: SefcontextArgs, state: SefcontextState): readonly Change[] {
  const { contexts, labels, type } = state;
  refuseEqual(args.target, contexts);
  const own = ruleOf(args, contexts.local);
  if (args.state === 'absent') {
    if (own) {
      refuseWithoutTools(state.host);
      return [removal(args, own, state)];
    }
    const policy = ruleOf(args, contexts.policy);
    if (!policy) return [];
    throw new CannotPlan(
      `the rule for ${policy.target} is the policy's own (${policy.context}), and cannot be removed`,
      {
        next: 'give it another type (state: present), or remove the module that brings it',
      },
    );
  }
  refuseType(args.setype as string, type);
  const off = wrongLabels(args, contexts, labels);
  if (off.length > mostPaths)
    throw new CannotPlan(`${off.length} paths would be relabelled`, {
      next: 'set `relabel: false`, and run restorecon when there is time for it',
    });
  const isRight = holds(args, own ?? policyRule(args, contexts));
  if (isRight && off.length === 0) return [];
  if (isRight) return [relabelling(args, off)];
  refuseWithoutTools(state.host);
  return [writing(args, own, contexts, off)];
}

/** Paths that the rule is for, or will be, and whose label is another than it says. */
export function wrongLabels(
  args: SefcontextArgs,
  contexts: FileContexts,
  labels: LabelsAnswer,
): readonly LabelledPath[] {
  const { target, ftype = 'a', setype, relabel = true } = args;
  if (!relabel || labels.kind !== 'paths' || args.state === 'absent') return [];
  const rule = ruleOf(args, contexts.local) ?? policyRule(args, contexts);
  const isRight = holds(args, rule);
  const kept = new Set(isForced(args) ? [] : contexts.customizable);
  return labels.entries.filter(isFor(target, ftype)).flatMap((one) => {
    // Before the rule is there, the policy's answer is that of another rule.
    const wanted = isRight ? one.policy : setype === none ? null : labelOf(args, rule);
    if (wanted === null || kept.has(typeOf(one.label))) return [];
    return isSame(args, one.label, wanted) ? [] : [{ ...one, policy: relabelled(args, one.label, wanted) }];
  });
}

function isSame(args: SefcontextArgs, label: string, wanted: string): boolean {
  const [now, then] = [contextOf(label), contextOf(wanted)];
  if (!now || !then || now.type !== then.type) return false;
  const all = args.force === true;
  return (
    (!(all || args.seuser !== undefined) || now.user === then.user) &&
    (!(all || args.selevel !== undefined) || now.range === then.range)
  );
}

// restorecon changes the type alone unless it is forced.
function relabelled(args: SefcontextArgs, label: string, wanted: string): string {
  const [now, then] = [contextOf(label), contextOf(wanted)];
  if (isForced(args) || !now || !then) return wanted;
  return `${now.user}:${now.role}:${then.type}${now.range === '' ? '' : `:${now.range}`}`;
}

function isForced({ force, seuser, selevel }: SefcontextArgs): boolean {
  return force === true || seuser !== undefined || selevel !== undefined;
}

function holds({ setype, seuser, selevel }: SefcontextArgs, rule: ContextRule | undefined): boolean {
  if (!rule) return false;
  if (setype === none || rule.context === none) return setype === rule.context;
  const is = contextOf(rule.context);
  return (
    is?.type === setype &&
    (seuser === undefined || is?.user === seuser) &&
    (selevel === undefined || is?.range === selevel)
  );
}

function labelOf({ setype, seuser, selevel }: SefcontextArgs, rule: ContextRule | undefined): string {
  if (setype === none) return none;
  const is = contextOf(rule?.context ?? '');
  return `${seuser ?? is?.user ?? 'system_u'}:object_r:${setype}:${selevel ?? (is?.range || 's0')}`;
}

function writing(
  args: SefcontextArgs,
  own: ContextRule | undefined,
  contexts: FileContexts,
  off: readonly LabelledPath[],
): Change {
  const { ftype = 'a' } = args;
  const { target } = contexts;
  const label = labelOf(args, own);
  const before = own ?? ruleOf(args, contexts.policy);
  const add = semanage(args, target, '-a', label);
  const modify = semanage(args, target, '-m', label);
  return {
    what: `${own ? 'change' : 'add'} the rule for ${target}${ofKind(ftype)}${alsoNamed(args, target)}: ${before ? typeOf(before.context) : 'no rule'} → ${typeOf(label)}${alsoRelabels(off)}`,
    diff: {
      before: `${own ? ruleText(own) : ''}${labelText(off, ({ label: now }) => now)}` || null,
      after: `${ruleText({ target, ftype, context: label })}${labelText(off, ({ policy }) => policy ?? '')}`,
    },
    touches: touchesOf(args.target),
    apply: lines([
      withSystemPath,
      // Older ones do not add to a rule of the policy's, newer ones do not change what is not there.
      before
        ? sh`e=$(${modify} 2>&1) || ${add} || { printf '%s\\n' "$e" >&2; exit 1; }`
        : sh`e=$(${add} 2>&1) || ${modify} || { printf '%s\\n' "$e" >&2; exit 1; }`,
      ...(off.length > 0 ? [restoreLabels(off, isForced(args))] : []),
    ]),
    undo: lines([
      withSystemPath,
      sh`${own ? semanage(args, target, '-m', own.context) : sh`semanage fcontext -d${noReload(args)} -f ${ftype} ${target}`} || exit 1`,
      ...(off.length > 0 ? [setLabels(off, ({ label: now }) => now)] : []),
    ]),
  };
}

function relabelling(args: SefcontextArgs, off: readonly LabelledPath[]): Change {
  return {
    what: `relabel ${off.length === 1 ? shownPath(off[0] as LabelledPath) : `${off.length} paths`} as the rule for ${args.target} says: ${typesOf(off, ({ label }) => label)} → ${typesOf(off, ({ policy }) => policy ?? '')}`,
    diff: {
      before: labelText(off, ({ label }) => label),
      after: labelText(off, ({ policy }) => policy ?? ''),
    },
    touches: touchesOf(args.target),
    apply: restoreLabels(off, isForced(args)),
    undo: setLabels(off, ({ label }) => label),
  };
}

// What labels the policy has once the rule is gone, only the policy can say: all that the rule was for are asked for.
function removal(args: SefcontextArgs, own: ContextRule, { contexts, labels }: SefcontextState): Change {
  const { ftype = 'a', relabel = true } = args;
  const { target } = contexts;
  const matched = relabel && labels.kind === 'paths' ? labels.entries.filter(isFor(args.target, ftype)) : [];
  const type = typeOf(own.context);
  const off = matched.filter(({ label }) => typeOf(label) === type).slice(0, mostPaths);
  return {
    what: `remove the rule for ${target}${ofKind(ftype)}${alsoNamed(args, target)}: ${type}${off.length > 0 ? `, and give ${countOf(off)} the label of the policy` : ''}`,
    diff: {
      before: `${ruleText(own)}${labelText(off, ({ label }) => label)}`,
      after: off.length > 0 ? labelText(off, () => "the policy's") : null,
    },
    touches: touchesOf(args.target),
    apply: lines([
      withSystemPath,
      sh`semanage fcontext -d${noReload(args)} -f ${ftype} ${target} || exit 1`,
      ...(off.length > 0 ? [restoreLabels(off, isForced(args))] : []),
    ]),
    undo: lines([
      withSystemPath,
      sh`${semanage(args, target, '-a', own.context)} || exit 1`,
      ...(off.length > 0 ? [setLabels(off, ({ label }) => label)] : []),
    ]),
  };
}

function semanage(args: SefcontextArgs, target: string, action: '-a' | '-m', label: string): Script {
  const { ftype = 'a' } = args;
  const is = contextOf(label);
  const words = is ? ['-t', is.type, '-s', is.user, ...(is.range ? ['-r', is.range] : [])] : ['-t', none];
  return sh`semanage fcontext ${action}${noReload(args)} -f ${ftype} ${words} ${target}`;
}

function noReload({ reload = true }: SefcontextArgs): Script {
  return reload ? sh`` : sh` -N`;
}

function touchesOf(target: string): Change['touches'] {
  return ['selinux:file_contexts', `path:${stemOf(target)}`];
}

// What lies in such a folder is looked for in the other; the folder itself cannot have a rule that means it alone.
function refuseEqual(target: string, { target: named, equal }: FileContexts): void {
  const stem = stemOf(target);
  const found = equal.find(([from]) => stem === from || (named === target && isBelow(stem, from)));
  if (!found) return;
  throw new CannotPlan(
    `${found[0]} is labelled as ${found[1]} is, so that a rule for ${target} would never count`,
    {
      next: `write ${found[1]}${target.slice(found[0].length)} as the target, which means what lies in ${found[1]}, too`,
    },
  );
}

/** What was asked for, where the rule has another name. */
function alsoNamed({ target }: SefcontextArgs, named: string): string {
  return target === named ? '' : `, which ${target} is labelled by`;
}

function ofKind(ftype: string): string {
  return ftype === 'a' ? '' : ` (${ftype})`;
}

function alsoRelabels(off: readonly LabelledPath[]): string {
  return off.length === 0 ? '' : `, and relabel ${countOf(off)}`;
}

function countOf(off: readonly LabelledPath[]): string {
  return off.length === 1 ? shownPath(off[0] as LabelledPath) : `${off.length} paths`;
}

function typesOf(off: readonly LabelledPath[], of: (one: LabelledPath) => string): string {
  return [...new Set(off.map((one) => typeOf(of(one))))].join(', ');
}

function ruleText({ target, ftype, context }: ContextRule): string {
  return `rule ${target}${ofKind(ftype)} ${context}\n`;
}

function labelText(off: readonly LabelledPath[], of: (one: LabelledPath) => string): string {
  return off.map((one) => `${shownPath(one)} ${of(one)}\n`).join('');
}
