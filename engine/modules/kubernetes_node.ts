import { CannotPlan, predict, type Change } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, known } from '../contract/probe.ts';
import {
  kubectl,
  kubectlPath,
  kubernetes,
  type KubernetesAnswer,
  kubernetesKey,
  type KubernetesNode,
  type KubernetesPod,
} from '../facts/kubernetes.ts';
import { lines, sh } from '../shell/script.ts';
import { type KubernetesNodeArgs, kubernetesNodeArguments } from './kubernetes_node/arguments.ts';
import { planEviction, refuseOthersDown } from './kubernetes_node/drain_plan.ts';
import { callOf, nodeSubject, podsSubject } from './kubernetes_node/questions.ts';
import { refuseFailure } from './kubernetes_node/refusal.ts';

export interface KubernetesNodeState {
  readonly node: KubernetesAnswer;
  /** Null where no pod is to go. */
  readonly pods: KubernetesAnswer | null;
  /** Null where the others do not matter. */
  readonly nodes: KubernetesAnswer | null;
}

/** Keeps a node of Kubernetes cordoned, drained or open to pods, or waits until it is Ready. */
export const kubernetesNode: Module<KubernetesNodeArgs, KubernetesNodeState> = {
  kind: 'resource',
  name: 'kubernetes_node',
  summary: 'Cordons, drains and uncordons a node of Kubernetes, and waits until it is Ready, by kubectl.',
  args: kubernetesNodeArguments,
  notes: [
    'It runs on the host of the task: `delegate_to` one that has kubectl and a kubeconfig, such as a control plane.',
    'The plan names the pods that go. What `kubectl drain` would refuse (daemonsets, pods without a controller, emptyDir data) is refused before anything is cordoned.',
    'A PodDisruptionBudget that allows no eviction is waited for until `timeout`; the node then stays cordoned, and undo uncordons it.',
    'Undo uncordons what was not cordoned before. Pods that went stay where their controllers have started them anew.',
    '`ready` counts as changed where it had to wait. A node whose kubelet has stopped keeps saying Ready for 40 s (node-monitor-grace-period), so that Ready just after a restart proves little: look at the kubelet itself as well.',
    'The register has `cordoned`, `ready`, `reason`, `version` and, for `drained`, the `pods` that are still there.',
  ],
  probe: (wanted) =>
    all({
      node: ask(kubernetes, nodeSubject(wanted)),
      pods: wanted.state === 'drained' ? ask(kubernetes, podsSubject(wanted)) : known(null),
      nodes:
        wanted.state === 'drained' && wanted.others_ready
          ? ask(kubernetes, { ...callOf(wanted), what: 'nodes' })
          : known(null),
    }),
  plan,
  result(wanted, state) {
    const [node] = state.node.kind === 'nodes' ? state.node.nodes : [];
    if (!node) return {};
    const { cordoned, ready, reason, version } = node;
    const pods = state.pods?.kind === 'pods' ? state.pods.pods : null;
    return {
      name: wanted.name,
      cordoned,
      ready: ready === 'True',
      reason,
      version,
      ...(pods ? { pods } : {}),
    };
  },
};

function plan(wanted: KubernetesNodeArgs, state: KubernetesNodeState): readonly Change[] {
  const [node] = nodesOf(wanted, state.node);
  if (!node) throw new CannotPlan(`kubectl told nothing of ${wanted.name}`);
  if (wanted.state === 'ready') return node.ready === 'True' ? [] : [waiting(wanted, node)];
  if (wanted.state === 'uncordoned') return node.cordoned ? [scheduling(wanted, node, 'uncordon')] : [];
  const cordon = node.cordoned ? [] : [scheduling(wanted, node, 'cordon')];
  if (wanted.state === 'cordoned') return cordon;
  const changes = [...cordon, ...planEviction(wanted, podsOf(wanted, state.pods))];
  if (changes.length > 0 && state.nodes) refuseOthersDown(wanted, nodesOf(wanted, state.nodes));
  return changes;
}

function nodesOf(wanted: KubernetesNodeArgs, answer: KubernetesAnswer): readonly KubernetesNode[] {
  if (answer.kind === 'failed') return refuseFailure(wanted, answer);
  return answer.kind === 'nodes' ? answer.nodes : [];
}

function podsOf(wanted: KubernetesNodeArgs, answer: KubernetesAnswer | null): readonly KubernetesPod[] {
  if (answer?.kind === 'failed') return refuseFailure(wanted, answer);
  return answer?.kind === 'pods' ? answer.pods : [];
}

function scheduling(wanted: KubernetesNodeArgs, node: KubernetesNode, verb: 'cordon' | 'uncordon'): Change {
  const { name } = wanted;
  const call = kubectl(callOf(wanted));
  const cordoned = verb === 'cordon';
  const [from, to] = cordoned ? ['schedulable', 'cordoned'] : ['cordoned', 'schedulable'];
  const script = (word: string) => lines([kubectlPath, sh`${call} ${word} ${name} </dev/null`]);
  return {
    what: `${verb} ${name}`,
    diff: { before: `${from}\n`, after: `${to}\n` },
    touches: [kubernetesKey(name)],
    apply: script(verb),
    undo: script(cordoned ? 'uncordon' : 'cordon'),
    predicts: [
      predict(
        { fact: kubernetes, subject: nodeSubject(wanted) },
        { kind: 'nodes', nodes: [{ ...node, cordoned }] },
      ),
    ],
  };
}

/** By asking again and again: a watch may be forbidden, and older kubectl cannot wait. */
function waiting(wanted: KubernetesNodeArgs, node: KubernetesNode): Change {
  const { name, timeout = 300 } = wanted;
  const template =
    'go-template={{range .status.conditions}}{{if eq .type "Ready"}}{{.status}} {{.reason}}{{end}}{{end}}';
  const get = sh`${kubectl(callOf(wanted))} --request-timeout=20s get node ${name} -o ${template} 2>&1 </dev/null`;
  return {
    what: `wait until ${name} is Ready, which is ${node.ready || 'not told'} now${node.reason === '' ? '' : ` (${node.reason})`}`,
    diff: { before: `Ready: ${node.ready} ${node.reason}\n`, after: 'Ready: True\n' },
    touches: [kubernetesKey(name)],
    apply: lines([
      kubectlPath,
      // Each look may take long itself; the clock of the kernel is not set back.
      sh`now() { read -r u x </proc/uptime; u=\${u%.*}; }`,
      sh`now; t=$((u + ${timeout}))`,
      sh`while :; do`,
      sh`s=$(${get})`,
      sh`case $s in 'True '*|True) exit 0;; esac`,
      sh`now; if [ "$u" -ge "$t" ]; then break; fi`,
      sh`sleep 2`,
      sh`done`,
      sh`printf '%s is not Ready after %s s: %s\\n' ${name} ${timeout} "$s" >&2; exit 1`,
    ]),
    undo: sh`:`,
    predicts: [
      predict(
        { fact: kubernetes, subject: nodeSubject(wanted) },
        { kind: 'nodes', nodes: [{ ...node, ready: 'True', reason: 'KubeletReady' }] },
      ),
    ],
  };
}
