import type { Fact, Key } from '../contract/fact.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { withSystemPath } from './program.ts';

/** How kubectl is called on the host that asks. */
export interface Kubectl {
  /** Its name or path. */
  readonly program: string;
  readonly kubeconfig: string | null;
  readonly context: string | null;
}

/** One node, all nodes, or the pods on one node (those that fit a selector of labels). */
export type KubernetesSubject = Kubectl &
  (
    | { readonly what: 'node'; readonly name: string }
    | { readonly what: 'nodes' }
    | { readonly what: 'pods'; readonly name: string; readonly selector: string | null }
  );

export interface KubernetesNode {
  readonly name: string;
  /** No new pods come to it (`kubectl cordon`). */
  readonly cordoned: boolean;
  /** The status of its condition Ready: "True", "False", "Unknown"; empty where none is told. */
  readonly ready: string;
  /** "KubeletReady", "NodeStatusUnknown". */
  readonly reason: string;
  /** The kubelet's: "v1.24.3". */
  readonly version: string;
}

export interface KubernetesPod {
  readonly namespace: string;
  readonly name: string;
  /** "Running", "Succeeded", "Failed", …. */
  readonly phase: string;
  /** It has been told to go. */
  readonly leaving: boolean;
  /** The kubelet runs it from a file; the API server only shows it. */
  readonly mirror: boolean;
  /** What makes a new one where this one goes: "ReplicaSet/web-5d8"; null where nothing does. */
  readonly controller: string | null;
  /** It has data that goes with it. */
  readonly emptyDir: boolean;
}

/** Why nothing was told. */
export interface KubectlFailure {
  readonly kind: 'failed';
  readonly code: number;
  /** What kubectl said. */
  readonly said: string;
}

export type KubernetesAnswer =
  | { readonly kind: 'nodes'; readonly nodes: readonly KubernetesNode[] }
  | { readonly kind: 'pods'; readonly pods: readonly KubernetesPod[] }
  | KubectlFailure;

/** Nodes and pods of a cluster, as its API tells kubectl on the host; one call of kubectl each. */
export const kubernetes: Fact<KubernetesSubject, KubernetesAnswer> = {
  name: 'kubernetes',
  id: (subject) => JSON.stringify(subject),
  about: (subject) => [kubernetesKey(subject.what === 'nodes' ? '*' : subject.name)],
  ask: ([subject]) => (subject ? askKubectl(subject) : sh`:`),
  parse: (output, [subject], code) => [parseAnswer(output.toString('utf8'), subject, code)],
  // Pods come and go, and so do nodes; a cordon stays.
  lasting: (answer) =>
    answer.kind === 'nodes' ? answer.nodes.map(({ name, cordoned }) => ({ name, cordoned })) : null,
  chunk: 1,
};

/** The key of a node in the cluster. */
export function kubernetesKey(node: string): Key {
  return `kubernetes_node:${node}`;
}

/** Shell text after which kubectl is found where it is put by hand, by snap or by RKE2: sudo's path often lacks these. */
export const kubectlPath = lines([
  withSystemPath,
  sh`PATH=$PATH:/usr/local/bin:/snap/bin:/var/lib/rancher/rke2/bin`,
]);

/** The command with the options that name the cluster. */
export function kubectl({ program, kubeconfig, context }: Kubectl): Script {
  const options = [
    ...(kubeconfig === null ? [] : [`--kubeconfig=${kubeconfig}`]),
    ...(context === null ? [] : [`--context=${context}`]),
  ];
  return sh`${program} ${options}`;
}

/** `--raw` asks the API that one thing: else kubectl would first read all that the API can do, and keep that in a cache. */
function askKubectl(subject: KubernetesSubject): Script {
  return lines([
    kubectlPath,
    // What it complains of stands for an answer only where there is none.
    sh`{ e=$({ ${kubectl(subject)} --request-timeout=20s get --raw ${pathOf(subject)} 2>&1 >&3 3>&-; }); r=$?; } 3>&1`,
    sh`if [ $r != 0 ]; then printf '%s\\n' "$e"; fi`,
    sh`exit $r`,
  ]);
}

/** The paths are those of the API's reference (v1, Node and Pod). */
function pathOf(subject: KubernetesSubject): string {
  if (subject.what === 'nodes') return '/api/v1/nodes';
  if (subject.what === 'node') return `/api/v1/nodes/${subject.name}`;
  const labels = subject.selector === null ? '' : `&labelSelector=${encodeURIComponent(subject.selector)}`;
  return `/api/v1/pods?fieldSelector=${encodeURIComponent(`spec.nodeName=${subject.name}`)}${labels}`;
}

function parseAnswer(text: string, subject: KubernetesSubject | undefined, code: number): KubernetesAnswer {
  if (code !== 0) return { kind: 'failed', code, said: text.trim() };
  const answer = readJson(text);
  if (answer === null) return { kind: 'failed', code, said: 'the answer is no JSON' };
  const items = listOf(answer['items']);
  if (subject?.what === 'pods') return { kind: 'pods', pods: items.map(toPod) };
  return { kind: 'nodes', nodes: (subject?.what === 'nodes' ? items : [answer]).map(toNode) };
}

type Json = Readonly<Record<string, unknown>>;

function readJson(text: string): Json | null {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return null;
  }
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function toNode(node: Json): KubernetesNode {
  const status = objectOf(node['status']);
  const ready = listOf(status['conditions']).find(({ type }) => type === 'Ready') ?? {};
  return {
    name: textOf(objectOf(node['metadata'])['name']),
    cordoned: objectOf(node['spec'])['unschedulable'] === true,
    ready: textOf(ready['status']),
    reason: textOf(ready['reason']),
    version: textOf(objectOf(status['nodeInfo'])['kubeletVersion']),
  };
}

function toPod(pod: Json): KubernetesPod {
  const metadata = objectOf(pod['metadata']);
  const owner = listOf(metadata['ownerReferences']).find(({ controller }) => controller === true);
  return {
    namespace: textOf(metadata['namespace']),
    name: textOf(metadata['name']),
    phase: textOf(objectOf(pod['status'])['phase']),
    leaving: metadata['deletionTimestamp'] !== undefined,
    mirror: 'kubernetes.io/config.mirror' in objectOf(metadata['annotations']),
    controller: owner ? `${textOf(owner['kind'])}/${textOf(owner['name'])}` : null,
    emptyDir: listOf(objectOf(pod['spec'])['volumes']).some((volume) => 'emptyDir' in volume),
  };
}
