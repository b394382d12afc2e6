import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** A pod as the stand-in keeps it. */
export interface Pod {
  readonly name: string;
  readonly namespace?: string;
  readonly node: string;
  /** "ReplicaSet/web-5d8": what makes it anew. */
  readonly controller?: string;
  readonly emptyDir?: true;
  readonly mirror?: true;
  readonly phase?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** A budget that never lets it go. */
  readonly guarded?: true;
}

export interface Node {
  readonly name: string;
  cordoned: boolean;
  ready: string;
}

/**
 * A stand-in for the API server of a cluster, on 127.0.0.1: no Kubernetes can be had here. It speaks the paths of the API's reference that
 * `kubectl get`, `cordon`, `uncordon` and `drain` use (discovery, nodes, pods, evictions, daemonsets); a pod that is evicted is gone at once.
 */
export class KubernetesApi {
  readonly nodes: Node[] = [];
  pods: Pod[] = [];
  /** Whether whoever asks may do nothing. */
  forbidden = false;
  /** What was asked that changes something: "PATCH /api/v1/nodes/w1". */
  readonly changes: string[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  /** Starts it; gives a kubeconfig. */
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    return kubeconfig(`http://127.0.0.1:${port}`);
  }

  /** Nodes and pods as they are at the start of a test. */
  reset(nodes: readonly Node[], pods: readonly Pod[]): void {
    this.nodes.splice(0, this.nodes.length, ...nodes.map((node) => ({ ...node })));
    this.pods = [...pods];
    this.forbidden = false;
    this.changes.length = 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const [status, body] = this.#handle(request.method ?? 'GET', url, Buffer.concat(chunks).toString('utf8'));
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }

  #handle(method: string, { pathname: path, searchParams: query }: URL, text: string): [number, unknown] {
    const found = discovery[path];
    if (found) return [200, found];
    if (this.forbidden)
      return refusal(403, 'Forbidden', `${path.split('/')[3]} is forbidden: User "ops" cannot do that`);
    if (method !== 'GET') this.changes.push(`${method} ${path}`);
    const [, , , kind = '', name = '', sub, pod = '', deed] = path.split('/');
    if (path === '/api/v1/nodes') return [200, list('NodeList', this.nodes.map(nodeObject))];
    if (kind === 'nodes') return this.#node(method, name, text);
    if (path === '/api/v1/pods') return [200, list('PodList', this.#podsFor(query).map(podObject))];
    if (kind === 'namespaces' && sub === 'pods') return this.#pod(method, name, pod, deed);
    if (path.startsWith('/apis/apps/v1/'))
      return [200, { kind: 'DaemonSet', apiVersion: 'apps/v1', metadata: { name: path.split('/').at(-1) } }];
    return refusal(404, 'NotFound', 'the server could not find the requested resource');
  }

  #node(method: string, name: string, text: string): [number, unknown] {
    const node = this.nodes.find((one) => one.name === name);
    if (!node) return refusal(404, 'NotFound', `nodes "${name}" not found`);
    if (method === 'PATCH') {
      const { spec } = JSON.parse(text) as { spec: { unschedulable?: boolean | null } };
      node.cordoned = spec.unschedulable === true;
    }
    return [200, nodeObject(node)];
  }

  #podsFor(query: URLSearchParams): readonly Pod[] {
    const node = /spec\.nodeName=(.*)/.exec(query.get('fieldSelector') ?? '')?.[1];
    const [key, value] = (query.get('labelSelector') ?? '').split('=');
    return this.pods.filter((pod) => pod.node === node && (!key || pod.labels?.[key] === value));
  }

  #pod(method: string, namespace: string, name: string, deed: string | undefined): [number, unknown] {
    const pod = this.pods.find((one) => one.name === name && spaceOf(one) === namespace);
    if (!pod) return refusal(404, 'NotFound', `pods "${name}" not found`);
    if (method === 'POST' && deed === 'eviction') {
      if (pod.guarded)
        return refusal(
          429,
          'TooManyRequests',
          "Cannot evict pod as it would violate the pod's disruption budget.",
        );
      this.pods = this.pods.filter((one) => one !== pod);
      return [201, { kind: 'Status', apiVersion: 'v1', status: 'Success' }];
    }
    return [200, podObject(pod)];
  }
}

function kubeconfig(server: string): string {
  const parts = {
    clusters: [{ name: 'lab', cluster: { server } }],
    users: [{ name: 'ops', user: { token: 'none' } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'ops' } }],
  };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Config', 'current-context': 'lab', ...parts });
}

function spaceOf({ namespace = 'default' }: Pod): string {
  return namespace;
}

function list(kind: string, items: readonly unknown[]): unknown {
  return { kind, apiVersion: 'v1', metadata: {}, items };
}

function refusal(code: number, reason: string, message: string): [number, unknown] {
  return [code, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code }];
}

function nodeObject({ name, cordoned, ready }: Node): unknown {
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: { name },
    spec: cordoned ? { unschedulable: true } : {},
    status: {
      nodeInfo: { kubeletVersion: 'v1.24.3' },
      conditions: [
        { type: 'MemoryPressure', status: 'False', reason: 'KubeletHasSufficientMemory' },
        { type: 'Ready', status: ready, reason: ready === 'True' ? 'KubeletReady' : 'NodeStatusUnknown' },
      ],
    },
  };
}

function podObject(pod: Pod): unknown {
  const [kind, owner] = pod.controller?.split('/') ?? [];
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: pod.name,
      namespace: spaceOf(pod),
      uid: `uid-${pod.name}`,
      labels: pod.labels ?? {},
      ...(pod.mirror ? { annotations: { 'kubernetes.io/config.mirror': 'hash' } } : {}),
      ...(kind
        ? { ownerReferences: [{ apiVersion: 'apps/v1', kind, name: owner, controller: true, uid: 'x' }] }
        : {}),
    },
    spec: { nodeName: pod.node, ...(pod.emptyDir ? { volumes: [{ name: 'scratch', emptyDir: {} }] } : {}) },
    status: { phase: pod.phase ?? 'Running' },
  };
}

const verbs = ['get', 'list', 'patch', 'create', 'delete'];

/** What the API can do, as far as kubectl asks. */
const discovery: Readonly<Record<string, unknown>> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: ['apps/v1', 'policy/v1beta1'].map((groupVersion) => {
      const [name, version] = groupVersion.split('/');
      return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
    }),
  },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [
      { name: 'nodes', singularName: '', namespaced: false, kind: 'Node', verbs, shortNames: ['no'] },
      { name: 'pods', singularName: '', namespaced: true, kind: 'Pod', verbs, shortNames: ['po'] },
      {
        name: 'pods/eviction',
        singularName: '',
        namespaced: true,
        group: 'policy',
        version: 'v1beta1',
        kind: 'Eviction',
        verbs: ['create'],
      },
    ],
  },
  '/apis/apps/v1': {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: 'apps/v1',
    resources: [{ name: 'daemonsets', singularName: '', namespaced: true, kind: 'DaemonSet', verbs }],
  },
  '/apis/policy/v1beta1': {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: 'policy/v1beta1',
    resources: [],
  },
};
