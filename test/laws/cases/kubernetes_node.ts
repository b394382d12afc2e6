import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { withKubectl } from '../imitated_kubectl.ts';
import type { ModuleCases } from '../law_case.ts';

export const kubernetesNode: ModuleCases = {
  cases: [
    {
      title: 'cordoned',
      changes: true,
      inside: withKubectl(['web']),
      args: () => ({ name: 'w1', state: 'cordoned' }),
      after: (root) => expect(existsSync(join(root, 'run/cordoned'))).toBe(true),
    },
    {
      title: 'as wanted',
      changes: false,
      inside: withKubectl(['web'], true),
      args: () => ({ name: 'w1', state: 'cordoned' }),
    },
    {
      title: 'uncordoned',
      changes: true,
      inside: withKubectl(['web'], true),
      args: () => ({ name: 'w1', state: 'uncordoned' }),
    },
    {
      title: 'drained',
      changes: true,
      inside: withKubectl(['web', 'shop']),
      args: () => ({ name: 'w1', state: 'drained', delete_emptydir_data: true, timeout: 5 }),
      after: (root) => expect(readdirSync(join(root, 'run/pods'))).toEqual([]),
    },
    {
      title: 'ready',
      changes: false,
      inside: withKubectl([]),
      args: () => ({ name: 'w1', state: 'ready' }),
    },
  ],
  hostile: ['kubeconfig', 'context', 'pod_selector'].map((argument) => ({
    argument,
    takes: 'line' as const,
    nul: 'refused' as const,
    // No cluster is there, or no kubectl at all.
    fails: 'always' as const,
    args: (_folder: string, value: string) => ({
      name: 'w1',
      state: 'drained',
      kubectl: '/bin/false',
      [argument]: argument === 'kubeconfig' ? `/nowhere/${value}` : value,
    }),
  })),
  refuses: ['name', 'kubectl'].map((argument) => ({
    argument,
    takes: 'line' as const,
    args: (_folder: string, value: string) => ({ name: 'w1', state: 'cordoned', [argument]: value }),
  })),
};
