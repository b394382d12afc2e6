import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CannotPlan } from '../../engine/contract/change.ts';
import {
  kubernetes,
  type KubernetesAnswer,
  type KubernetesPod,
  type KubernetesSubject,
} from '../../engine/facts/kubernetes.ts';
import { kubernetesNode, type KubernetesNodeState } from '../../engine/modules/kubernetes_node.ts';
import type { KubernetesNodeArgs } from '../../engine/modules/kubernetes_node/arguments.ts';
import type { Ended } from '../run/ended.ts';
import { embeddedFleet, type Fleet, type FleetRun } from '../run/harness.ts';
import { findKubectl } from './kubectl.ts';
import { KubernetesApi, type Pod } from './kubernetes_api.ts';

const call = { program: 'kubectl', kubeconfig: null, context: null };

describe('what the API tells', () => {
  const parse = (what: 'node' | 'nodes' | 'pods', answer: unknown, code = 0): KubernetesAnswer =>
    kubernetes.parse(
      Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer)),
      [{ ...call, what, name: 'w1', selector: null } as KubernetesSubject],
      code,
    )[0] as KubernetesAnswer;

  // The objects are those of the API reference, v1.24, cut to what is read; constructed.
  test('a node', () => {
    const node = {
      kind: 'Node',
      metadata: { name: 'w1' },
      spec: {
        unschedulable: true,
        taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
      },
      status: {
        nodeInfo: { kubeletVersion: 'v1.24.3' },
        conditions: [
          { type: 'MemoryPressure', status: 'False' },
          {
            type: 'Ready',
            status: 'Unknown',
            reason: 'NodeStatusUnknown',
            message: 'Kubelet stopped posting',
          },
        ],
      },
    };
    const told = {
      name: 'w1',
      cordoned: true,
      ready: 'Unknown',
      reason: 'NodeStatusUnknown',
      version: 'v1.24.3',
    };
    expect(parse('node', node)).toEqual({ kind: 'nodes', nodes: [told] });
    expect(parse('nodes', { items: [node, {}] })).toEqual({
      kind: 'nodes',
      nodes: [told, { name: '', cordoned: false, ready: '', reason: '', version: '' }],
    });
  });

  test('pods', () => {
    const owner = { kind: 'ReplicaSet', name: 'web-5d8', controller: true };
    const items = [
      {
        metadata: { namespace: 'a', name: 'web', ownerReferences: [{ kind: 'X', name: 'y' }, owner] },
        spec: {
          volumes: [
            { name: 'token', secret: {} },
            { name: 'tmp', emptyDir: {} },
          ],
        },
        status: { phase: 'Running' },
      },
      {
        metadata: {
          namespace: 'kube-system',
          name: 'etcd-w1',
          annotations: { 'kubernetes.io/config.mirror': 'x' },
          deletionTimestamp: '2026-11-20T23:00:00Z',
        },
      },
    ];
    expect(parse('pods', { items })).toEqual({
      kind: 'pods',
      pods: [
        {
          namespace: 'a',
          name: 'web',
          phase: 'Running',
          leaving: false,
          mirror: false,
          controller: 'ReplicaSet/web-5d8',
          emptyDir: true,
        },
        {
          namespace: 'kube-system',
          name: 'etcd-w1',
          phase: '',
          leaving: true,
          mirror: true,
          controller: null,
          emptyDir: false,
        },
      ],
    });
  });

  test('nothing: kubectl failed, or did not answer JSON', () => {
    expect(parse('node', 'error: x\n', 1)).toEqual({ kind: 'failed', code: 1, said: 'error: x' });
    expect(parse('node', '<html>')).toMatchObject({ kind: 'failed', said: 'the answer is no JSON' });
  });

  test('only what moves by itself is left out of what undo gives back', () => {
    const node = { name: 'w1', cordoned: true, ready: 'True', reason: '', version: '' };
    expect(kubernetes.lasting?.({ kind: 'nodes', nodes: [node] })).toEqual([{ name: 'w1', cordoned: true }]);
    expect(kubernetes.lasting?.({ kind: 'pods', pods: [] })).toBeNull();
  });
});

describe('plan', () => {
  const pod = (name: string, parts: Partial<KubernetesPod> = {}): KubernetesPod => ({
    namespace: 'default',
    name,
    phase: 'Running',
    leaving: false,
    mirror: false,
    controller: 'ReplicaSet/r',
    emptyDir: false,
    ...parts,
  });
  const node = (parts: object = {}) => ({
    name: 'w1',
    cordoned: false,
    ready: 'True',
    reason: 'KubeletReady',
    version: 'v1.24.3',
    ...parts,
  });
  const state = (
    seen: object = {},
    pods: readonly KubernetesPod[] | null = null,
    others: readonly object[] | null = null,
  ): KubernetesNodeState => ({
    node: { kind: 'nodes', nodes: [node(seen)] },
    pods: pods && { kind: 'pods', pods },
    nodes: others && { kind: 'nodes', nodes: others.map((one) => node(one)) },
  });
  const args = (more: Partial<KubernetesNodeArgs> & Pick<KubernetesNodeArgs, 'state'>) => ({
    name: 'w1',
    ...more,
  });
  const daemon = pod('proxy', { namespace: 'kube-system', controller: 'DaemonSet/proxy' });

  test.each<[string, Parameters<typeof args>[0], KubernetesNodeState, readonly string[]]>([
    ['cordoned, is', { state: 'cordoned' }, state({ cordoned: true }), []],
    ['cordoned, is not', { state: 'cordoned' }, state(), ['cordon w1']],
    ['uncordoned, is', { state: 'uncordoned' }, state(), []],
    ['uncordoned, is not', { state: 'uncordoned' }, state({ cordoned: true }), ['uncordon w1']],
    ['ready, is, cordoned or not', { state: 'ready' }, state({ cordoned: true }), []],
    [
      'ready, is not',
      { state: 'ready' },
      state({ ready: 'False', reason: 'KubeletNotReady' }),
      ['wait until w1 is Ready, which is False now (KubeletNotReady)'],
    ],
    ['drained, nothing on it', { state: 'drained' }, state({}, []), ['cordon w1']],
    [
      'drained, is',
      { state: 'drained' },
      state({ cordoned: true }, [pod('etcd', { mirror: true, controller: null })]),
      [],
    ],
    [
      'drained, is but for daemonsets',
      { state: 'drained', ignore_daemonsets: true },
      state({ cordoned: true }, [daemon]),
      [],
    ],
    [
      'drained, cordoned only',
      { state: 'drained', ignore_daemonsets: true },
      state({ cordoned: true }, [pod('web'), daemon]),
      ['evict 1 pod from w1: default/web'],
    ],
    [
      'what has ended goes, whatever it was',
      { state: 'drained' },
      state({}, [
        pod('job', { phase: 'Succeeded', controller: null, emptyDir: true }),
        pod('d', { phase: 'Failed', controller: 'DaemonSet/d' }),
      ]),
      ['cordon w1', 'evict 2 pods from w1: default/job, default/d'],
    ],
    [
      'the others are Ready, cordoned or not',
      { state: 'drained', others_ready: true },
      state({}, [], [{}, { name: 'w2', cordoned: true }]),
      ['cordon w1'],
    ],
    [
      'nothing to drain, and another is down',
      { state: 'drained', others_ready: true },
      state({ cordoned: true }, [], [{ name: 'w2', ready: 'Unknown' }]),
      [],
    ],
  ])('%s', (_what, wanted, seen, what) => {
    expect(kubernetesNode.plan(args(wanted), seen).map((change) => change.what)).toEqual(what);
  });

  const drain = { state: 'drained' } as const;
  test.each<[string, Parameters<typeof args>[0], KubernetesNodeState, RegExp]>([
    ['pods of a daemonset', drain, state({}, [pod('web'), daemon]), /daemonsets.*kube-system\/proxy$/],
    ['a pod alone', drain, state({}, [pod('one', { controller: null })]), /anew elsewhere: default\/one$/],
    ['data', drain, state({}, [pod('cache', { emptyDir: true })]), /emptyDir volumes: default\/cache$/],
    [
      'another node is down',
      { ...drain, others_ready: true },
      state(
        {},
        [],
        [
          {},
          { name: 'w2', ready: 'Unknown', reason: 'NodeStatusUnknown' },
          { name: 'w3', ready: '', reason: '' },
        ],
      ),
      /^w1 is not drained while other nodes are not Ready: w2 \(NodeStatusUnknown\), w3 \(Ready is not told\)$/,
    ],
  ])('refused: %s', (_what, wanted, seen, why) => {
    expect(() => kubernetesNode.plan(args(wanted), seen)).toThrow(why);
  });

  test('what is lost cannot be undone, what was cordoned before stays so', () => {
    const [cordon, evict] = kubernetesNode.plan(
      args({
        ...drain,
        force: true,
        delete_emptydir_data: true,
        kubeconfig: '/x y',
        context: 'lab',
        grace_period: 5,
      }),
      state({}, [pod('one', { controller: null })]),
    );
    expect(cordon?.undo).toMatchObject({
      text: expect.stringContaining("'--kubeconfig=/x y' --context=lab uncordon w1") as unknown,
    });
    expect(evict?.undo).toEqual({ impossible: 'nothing starts these pods anew: default/one' });
    expect(evict?.apply.text).toContain('drain w1 --timeout=300s --force --grace-period=5 $d');
    const [again] = kubernetesNode.plan(
      args({ ...drain, delete_emptydir_data: true }),
      state({ cordoned: true }, [pod('cache', { emptyDir: true })]),
    );
    expect(again?.undo).toEqual({ impossible: 'what was in emptyDir volumes is gone: default/cache' });
  });

  // What kubectl 1.20 and 1.32 write, captured on Debian 12.
  test.each([
    [
      127,
      '/bin/sh: 1: kubectl: not found',
      /^kubectl cannot be run on this host/,
      /kubernetes-client on Debian/,
    ],
    [1, 'Error from server (NotFound): nodes "w1" not found', /^the cluster has no node w1$/, /get nodes/],
    [
      1,
      'Error from server (Forbidden): nodes is forbidden: User "ops" cannot do that',
      /Forbidden/,
      /may get and patch nodes/,
    ],
    [1, 'error: You must be logged in to the server (Unauthorized)', /Unauthorized/, /renew them/],
    [
      1,
      'The connection to the server localhost:8080 was refused - did you specify the right host or port?',
      /8080/,
      /no kubeconfig was found/,
    ],
    [
      1,
      'The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?',
      /6443/,
      /cannot be reached/,
    ],
    [
      1,
      'Unable to connect to the server: dial tcp 10.0.0.1:6443: i/o timeout',
      /i\/o timeout/,
      /cannot be reached/,
    ],
    [1, 'error: stat /none: no such file or directory', /stat \/none/, /by hand/],
  ])('refused, since kubectl ended with %i: %s', (code, said, why, next) => {
    try {
      kubernetesNode.plan(args({ state: 'cordoned' }), { ...state(), node: { kind: 'failed', code, said } });
      throw new Error('it was planned');
    } catch (error) {
      expect((error as CannotPlan).message).toMatch(why);
      expect((error as CannotPlan).next).toMatch(next);
    }
  });
});

const program = await findKubectl();
const title = `with kubectl, against a stand-in for the API server${program === null ? ' (not run: needs kubectl)' : ''}`;

describe.runIf(program !== null)(title, { timeout: 60_000 }, () => {
  const api = new KubernetesApi();
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await embeddedFleet(2);
    await writeFile(join(fleet.root(2), 'kubeconfig'), await api.start());
  });

  afterAll(async () => {
    await api.stop();
    await fleet.close();
  });

  const daemon: Pod = { name: 'proxy', namespace: 'kube-system', node: 'w1', controller: 'DaemonSet/proxy' };
  const web: Pod = { name: 'web', node: 'w1', controller: 'ReplicaSet/web', labels: { app: 'web' } };
  const cache: Pod = { name: 'cache', node: 'w1', controller: 'StatefulSet/cache', emptyDir: true };
  const etcd: Pod = {
    name: 'etcd-w1',
    namespace: 'kube-system',
    node: 'w1',
    controller: 'Node/w1',
    mirror: true,
  };
  const elsewhere: Pod = { name: 'other', node: 'w2', controller: 'ReplicaSet/web' };

  beforeEach(() => {
    const nodes = ['w1', 'w2'].map((name) => ({ name, cordoned: false, ready: 'True' }));
    api.reset(nodes, [daemon, web, cache, etcd, elsewhere]);
  });

  // The node is h1; kubectl runs on h2.
  const play = (words: string, options: FleetRun = {}): Promise<Ended> =>
    fleet.run(
      `- hosts: h1
  tasks:
    - kubernetes_node: { name: w1, kubectl: ${program}, kubeconfig: ${fleet.root(2)}/kubeconfig, ${words} }
      delegate_to: h2
      register: node
`,
      options,
    );
  const told = (ended: Ended) =>
    ended
      .tasks()
      .map(({ message, detail }) => `${message} ${detail}`)
      .join('\n');
  const cordoned = () => api.nodes.map((node) => node.cordoned);
  const names = () => api.pods.map(({ name }) => name).toSorted();

  test('cordons, is content with that, and uncordons as undo', async () => {
    const look = await play('state: cordoned', { check: true });
    expect(look.line(), told(look)).toEqual(['kubernetes_node: changed']);
    expect(api.changes).toEqual([]);
    const ended = await play('state: cordoned');
    expect(ended.line(), told(ended)).toEqual(['kubernetes_node: changed']);
    expect(cordoned()).toEqual([true, false]);
    expect((await play('state: cordoned')).line()).toEqual(['kubernetes_node: ok']);
    expect((await fleet.undo(ended.run)).exit).toBe(0);
    expect(cordoned()).toEqual([false, false]);
    expect(api.changes).toEqual(['PATCH /api/v1/nodes/w1', 'PATCH /api/v1/nodes/w1']);
  });

  test('drains: names the pods, leaves daemonsets and static pods, and a second run has nothing to do', async () => {
    const words = 'state: drained, ignore_daemonsets: true, delete_emptydir_data: true, others_ready: true';
    const ended = await play(words);
    expect(ended.line(), told(ended)).toEqual(['kubernetes_node: changed']);
    expect(ended.changes('h2').flatMap(({ what }) => what)).toEqual([
      'cordon w1',
      'evict 2 pods from w1: default/web, default/cache',
    ]);
    expect(names()).toEqual(['etcd-w1', 'other', 'proxy']);
    expect(cordoned()).toEqual([true, false]);
    const again = await play(words);
    expect(again.line(), told(again)).toEqual(['kubernetes_node: ok']);
    const back = await play('state: uncordoned');
    expect(back.line()).toEqual(['kubernetes_node: changed']);
    expect(cordoned()).toEqual([false, false]);
  });

  test('undo of a drain uncordons', async () => {
    api.reset([{ name: 'w1', cordoned: false, ready: 'True' }], [web]);
    const ended = await play('state: drained');
    expect(ended.exit, told(ended)).toBe(0);
    const undone = await fleet.undo(ended.run);
    expect(undone.exit, told(undone)).toBe(0);
    expect(cordoned()).toEqual([false]);
  });

  test('only the pods that fit a selector go', async () => {
    const ended = await play('state: drained, pod_selector: "app=web"');
    expect(ended.exit, told(ended)).toBe(0);
    expect(names()).toEqual(['cache', 'etcd-w1', 'other', 'proxy']);
  });

  test('a budget that lets no pod go fails the task in time; undo uncordons', async () => {
    api.reset([{ name: 'w1', cordoned: false, ready: 'True' }], [{ ...web, guarded: true }]);
    const ended = await play('state: drained, timeout: 2');
    expect(ended.line()).toEqual(['kubernetes_node: failed']);
    expect(ended.record()).toContain("violate the pod's disruption budget");
    expect(ended.record()).toContain('default/web');
    expect(cordoned()).toEqual([true]);
    const undone = await fleet.undo(ended.run);
    expect(undone.exit, told(undone)).toBe(0);
    expect(cordoned()).toEqual([false]);
    expect(names()).toEqual(['web']);
  });

  test.each<[string, string, RegExp]>([
    ['daemonsets', 'state: drained, delete_emptydir_data: true', /pods of daemonsets.*kube-system\/proxy/],
    ['data', 'state: drained, ignore_daemonsets: true', /emptyDir volumes: default\/cache/],
    ['no such node', 'state: cordoned, name: w9', /no node w9/],
    [
      'no kubectl',
      'state: cordoned, kubectl: /nowhere/kubectl',
      /\/nowhere\/kubectl cannot be run on this host/,
    ],
    ['no kubeconfig', 'state: cordoned, kubeconfig: /nowhere/config', /\/nowhere\/config/],
    ['nobody listens', 'state: cordoned, kubeconfig: CLOSED', /was refused/],
  ])('refused before anything is done: %s', async (_what, words, why) => {
    const closed = join(fleet.root(2), 'closed');
    await writeFile(closed, JSON.stringify(closedConfig));
    const own = `- hosts: h1\n  tasks:\n    - kubernetes_node: ${JSON.stringify({
      name: 'w1',
      kubectl: program,
      kubeconfig: `${fleet.root(2)}/kubeconfig`,
      ...Object.fromEntries(words.split(', ').map((word) => word.replace('CLOSED', closed).split(': '))),
    })}\n      delegate_to: h2\n`.replaceAll('"true"', 'true');
    const ended = await fleet.run(own);
    expect(ended.line()).toEqual(['kubernetes_node: failed']);
    expect(told(ended)).toMatch(why);
    expect(api.changes).toEqual([]);
  });

  test('refused: whoever asks may not; another node is not Ready', async () => {
    api.forbidden = true;
    const forbidden = await play('state: cordoned');
    expect(told(forbidden)).toContain('(Forbidden)');
    api.forbidden = false;
    (api.nodes[1] as { ready: string }).ready = 'Unknown';
    const alone = await play(
      'state: drained, force: true, ignore_daemonsets: true, delete_emptydir_data: true, others_ready: true',
    );
    expect(told(alone)).toContain('other nodes are not Ready: w2 (NodeStatusUnknown)');
    expect(api.changes).toEqual([]);
  });

  test('waits until a node is Ready, and no longer than it may', async () => {
    const node = api.nodes[0] as { ready: string };
    node.ready = 'False';
    const late = await play('state: ready, timeout: 1');
    expect(late.line()).toEqual(['kubernetes_node: failed']);
    expect(late.record()).toContain('w1 is not Ready after 1 s: False NodeStatusUnknown');
    const ended = await play('state: ready, timeout: 30', {
      onEvent: (event) => {
        if (event.event === 'change_started') node.ready = 'True';
      },
    });
    expect(ended.line(), told(ended)).toEqual(['kubernetes_node: changed']);
    expect((await play('state: ready')).line()).toEqual(['kubernetes_node: ok']);
  });
});

const closedConfig = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'x',
  clusters: [{ name: 'x', cluster: { server: 'http://127.0.0.1:1' } }],
  users: [{ name: 'x', user: {} }],
  contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
};
