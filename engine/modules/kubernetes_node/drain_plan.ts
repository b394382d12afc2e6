import { CannotPlan, predict, type Change, type Undo } from '../../contract/change.ts';
import {
  kubectl,
  kubectlPath,
  kubernetes,
  kubernetesKey,
  type KubernetesNode,
  type KubernetesPod,
} from '../../facts/kubernetes.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import type { KubernetesNodeArgs } from './arguments.ts';
import { callOf, podsSubject } from './questions.ts';

/** The pods that have to go before a node is drained. */
export function podsToGo(pods: readonly KubernetesPod[]): readonly KubernetesPod[] {
  return pods.filter((pod) => !pod.mirror && (hasEnded(pod) || !isOfDaemonSet(pod)));
}

/** The change that evicts the pods of a node, or none. Throws CannotPlan for what kubectl would not evict. */
export function planEviction(wanted: KubernetesNodeArgs, pods: readonly KubernetesPod[]): readonly Change[] {
  const going = podsToGo(pods);
  refuseDaemonSets(wanted, pods);
  refuseLoss(wanted, going);
  if (going.length === 0) return [];
  const left = pods.filter((pod) => !going.includes(pod));
  return [
    {
      what: `evict ${going.length} ${going.length === 1 ? 'pod' : 'pods'} from ${wanted.name}: ${listed(going)}`,
      diff: { before: table(pods), after: table(left) },
      touches: [kubernetesKey(wanted.name)],
      apply: drainScript(wanted),
      undo: undoOf(going),
      predicts: [predict({ fact: kubernetes, subject: podsSubject(wanted) }, { kind: 'pods', pods: left })],
    },
  ];
}

/** Throws CannotPlan where another node than the one to be drained is not Ready. */
export function refuseOthersDown({ name }: KubernetesNodeArgs, nodes: readonly KubernetesNode[]): void {
  const down = nodes.filter((node) => node.name !== name && node.ready !== 'True');
  if (down.length === 0) return;
  const told = down.map((node) => `${node.name} (${node.reason || `Ready is ${node.ready || 'not told'}`})`);
  throw new CannotPlan(`${name} is not drained while other nodes are not Ready: ${told.join(', ')}`, {
    next: 'bring them back first, or leave `others_ready` out',
  });
}

function hasEnded({ phase }: KubernetesPod): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

function isOfDaemonSet({ controller }: KubernetesPod): boolean {
  return controller?.startsWith('DaemonSet/') === true;
}

function refuseDaemonSets(
  { name, ignore_daemonsets }: KubernetesNodeArgs,
  pods: readonly KubernetesPod[],
): void {
  const daemons = pods.filter((pod) => !pod.mirror && !hasEnded(pod) && isOfDaemonSet(pod));
  if (ignore_daemonsets || daemons.length === 0) return;
  throw new CannotPlan(`${name} has pods of daemonsets, which would be back at once: ${listed(daemons)}`, {
    next: 'let them be with `ignore_daemonsets: true`',
  });
}

function refuseLoss(
  { name, force, delete_emptydir_data }: KubernetesNodeArgs,
  going: readonly KubernetesPod[],
): void {
  const alone = going.filter((pod) => !hasEnded(pod) && pod.controller === null);
  if (alone.length > 0 && !force) {
    throw new CannotPlan(`${name} has pods that nothing would start anew elsewhere: ${listed(alone)}`, {
      next: 'remove them by hand, or give `force: true` to lose them',
    });
  }
  const holding = going.filter((pod) => !hasEnded(pod) && pod.emptyDir);
  if (holding.length > 0 && !delete_emptydir_data) {
    throw new CannotPlan(`${name} has pods with data in emptyDir volumes: ${listed(holding)}`, {
      next: 'give `delete_emptydir_data: true` to lose that data',
    });
  }
}

/** Controllers have started others elsewhere, which stay there. */
function undoOf(going: readonly KubernetesPod[]): Undo {
  const alone = going.filter((pod) => !hasEnded(pod) && pod.controller === null);
  if (alone.length > 0) return { impossible: `nothing starts these pods anew: ${listed(alone)}` };
  const holding = going.filter((pod) => !hasEnded(pod) && pod.emptyDir);
  if (holding.length > 0) return { impossible: `what was in emptyDir volumes is gone: ${listed(holding)}` };
  return sh`:`;
}

function drainScript(wanted: KubernetesNodeArgs): Script {
  const { name, timeout = 300, grace_period, pod_selector, ignore_daemonsets, force } = wanted;
  const call = kubectl(callOf(wanted));
  const options = [
    `--timeout=${timeout}s`,
    ...(ignore_daemonsets ? ['--ignore-daemonsets'] : []),
    ...(force ? ['--force'] : []),
    ...(grace_period === undefined ? [] : [`--grace-period=${grace_period}`]),
    ...(pod_selector === undefined ? [] : [`--pod-selector=${pod_selector}`]),
  ];
  return lines([
    kubectlPath,
    sh`d=`,
    ...(wanted.delete_emptydir_data
      ? [
          sh`case $(${call} drain --help 2>/dev/null) in *--delete-emptydir-data*) d=--delete-emptydir-data;; *) d=--delete-local-data;; esac`,
        ]
      : []),
    sh`${call} drain ${name} ${options} $d </dev/null`,
  ]);
}

/** The first ones by name: a node may have hundreds. */
function listed(pods: readonly KubernetesPod[]): string {
  const names = pods.slice(0, 10).map(({ namespace, name }) => `${namespace}/${name}`);
  return pods.length > names.length
    ? `${names.join(', ')} and ${pods.length - names.length} more`
    : names.join(', ');
}

function table(pods: readonly KubernetesPod[]): string {
  return pods
    .map(({ namespace, name, phase, controller }) => `${namespace}/${name} ${phase} ${controller ?? '-'}\n`)
    .toSorted()
    .join('');
}
