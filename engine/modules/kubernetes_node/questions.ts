import type { Kubectl, KubernetesSubject } from '../../facts/kubernetes.ts';
import type { KubernetesNodeArgs } from './arguments.ts';

/** How kubectl is called for a task. */
export function callOf({ kubectl = 'kubectl', kubeconfig, context }: KubernetesNodeArgs): Kubectl {
  return { program: kubectl, kubeconfig: kubeconfig ?? null, context: context ?? null };
}

/** The question about the node of a task. */
export function nodeSubject(wanted: KubernetesNodeArgs): KubernetesSubject {
  return { ...callOf(wanted), what: 'node', name: wanted.name };
}

/** The question about the pods on it. */
export function podsSubject(wanted: KubernetesNodeArgs): KubernetesSubject {
  return { ...callOf(wanted), what: 'pods', name: wanted.name, selector: wanted.pod_selector ?? null };
}
