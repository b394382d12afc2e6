import { CannotPlan } from '../../contract/change.ts';
import { type KubectlFailure, kubernetesKey } from '../../facts/kubernetes.ts';
import type { KubernetesNodeArgs } from './arguments.ts';

/** Says why kubectl did not tell what was asked, and what would help. */
export function refuseFailure(wanted: KubernetesNodeArgs, { code, said }: KubectlFailure): never {
  const { name, kubectl = 'kubectl' } = wanted;
  const last = said.split('\n').at(-1) ?? '';
  if (code === 127 || code === 126) {
    throw new CannotPlan(`${kubectl} cannot be run on this host: ${last || 'not found'}`, {
      next: 'delegate the task to a host that has it (`delegate_to`), or install it: package kubectl of pkgs.k8s.io (RPM and deb), kubernetes-client on Debian; or give its path in `kubectl`',
    });
  }
  if (said.includes('(NotFound)') && said.includes(`"${name}"`)) {
    throw new CannotPlan(`the cluster has no node ${name}`, {
      missing: kubernetesKey(name),
      next: 'name it as `kubectl get nodes` does',
    });
  }
  throw new CannotPlan(`kubectl could not be asked: ${last || `status ${code}`}`, { next: nextStep(said) });
}

function nextStep(said: string): string {
  if (/\(Forbidden\)|is forbidden/.test(said))
    return 'give a `kubeconfig` whose user may get and patch nodes, list pods and create pods/eviction; /etc/kubernetes/admin.conf on a control plane may';
  if (/Unauthorized|must be logged in|certificate has expired/.test(said))
    return 'the credentials in the kubeconfig are not, or no longer, taken: renew them, or give another `kubeconfig`';
  if (/localhost:8080/.test(said))
    return 'no kubeconfig was found: give `kubeconfig`, on a control plane /etc/kubernetes/admin.conf (as root)';
  if (/was refused|Unable to connect|timed out|timeout|deadline exceeded|no such host|no route/i.test(said))
    return 'the API server cannot be reached from this host: look at the `server:` of its kubeconfig, or delegate the task to a host of the control plane';
  return 'try the same by hand: kubectl get nodes';
}
