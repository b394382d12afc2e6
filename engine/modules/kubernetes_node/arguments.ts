import { type Static, Type } from 'typebox';
import { hostPath } from '../../contract/schema.ts';

/** The schema of `kubernetes_node`. */
export const kubernetesNodeArguments = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$',
      description: 'The node, as `kubectl get nodes` names it.',
      errorMessage: 'must be the name of a node: small letters, digits, "-" and "."',
    }),
    state: Type.Enum(['cordoned', 'drained', 'uncordoned', 'ready'], {
      description:
        '`cordoned`: no new pods come. `drained`: cordoned, and all pods evicted but those of daemonsets and static ones. `uncordoned`: pods may come. `ready`: waits until the node says that it is Ready; whether it is cordoned stays as it is.',
    }),
    kubectl: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_@%+=:,./][A-Za-z0-9_@%+=:,./-]*$',
        default: 'kubectl',
        description: 'The program, by name or path.',
        errorMessage: 'must be the name or path of a program',
      }),
    ),
    kubeconfig: Type.Optional(
      hostPath('The configuration that names the cluster and who asks, on the host that kubectl runs on.'),
    ),
    context: Type.Optional(
      Type.String({
        minLength: 1,
        pattern: '^[^\\u0000\\n]+$',
        description: 'The context in it; its current one where absent.',
      }),
    ),
    ignore_daemonsets: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Drains although pods of daemonsets stay (kubectl’s --ignore-daemonsets); else such a node is refused.',
      }),
    ),
    delete_emptydir_data: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Also evicts pods with emptyDir volumes, whose data is lost (--delete-emptydir-data; --delete-local-data before kubectl 1.20).',
      }),
    ),
    force: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Also removes pods that no controller starts anew elsewhere: they are gone for good (--force).',
      }),
    ),
    grace_period: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Seconds that a pod has to end; its own where absent.' }),
    ),
    pod_selector: Type.Optional(
      Type.String({
        pattern: '^[^\\u0000\\n]+$',
        description: 'Only pods whose labels fit are evicted: "app=web,tier!=db".',
      }),
    ),
    timeout: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 86_400,
        default: 300,
        description:
          'Seconds that draining or waiting may take. The task’s own `timeout` must be above it, where there is one; its default is 1,800.',
      }),
    ),
    others_ready: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Refuses to drain while another node is not Ready.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type KubernetesNodeArgs = Static<typeof kubernetesNodeArguments>;
