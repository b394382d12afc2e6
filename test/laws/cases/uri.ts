import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startServer } from '../../modules/http_server.ts';
import type { ModuleCases } from '../law_case.ts';

const { base } = await startServer();

export const uri: ModuleCases = {
  cases: [
    {
      title: 'a question',
      changes: false,
      args: () => ({ url: `${base}/echo`, return_content: true, headers: { Accept: 'application/json' } }),
    },
    {
      title: 'a status that is hoped for',
      changes: false,
      args: () => ({ url: `${base}/status/404`, status_code: [404] }),
    },
    {
      title: 'one that is not',
      changes: false,
      fails: 'answered 500',
      args: () => ({ url: `${base}/status/500` }),
    },
    {
      title: 'nothing to do',
      changes: false,
      prepare: (root) => mkdirSync(join(root, 'x')),
      args: (root) => ({ url: `${base}/echo`, method: 'POST', body: 'x', creates: `${root}/x` }),
    },
  ],
  hostile: [
    {
      argument: 'a header',
      takes: 'line',
      nul: 'refused',
      fails: 'perhaps',
      args: (_folder, value) => ({ url: `${base}/echo`, headers: { 'x-own': value } }),
    },
    {
      argument: 'the address',
      takes: 'line',
      nul: 'refused',
      fails: 'perhaps',
      args: (_folder, value) => ({ url: `${base}/echo?${value}` }),
    },
    {
      argument: 'creates',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({ url: `${base}/echo`, creates: `${folder}/${value}` }),
    },
    {
      argument: 'body',
      takes: 'text',
      nul: 'kept',
      large: true,
      fails: 'perhaps',
      args: (_folder, value) => ({ url: `${base}/echo`, method: 'OPTIONS', body: value }),
      after: (_folder, value, { register }) => {
        const { json } = register as { json?: { body: string } };
        if (json !== undefined) expect(json.body).toBe(value);
      },
    },
  ],
  refuses: [
    { argument: 'url', takes: 'line', args: (_folder, value) => ({ url: value }) },
    { argument: 'method', takes: 'line', args: (_folder, value) => ({ url: `${base}/echo`, method: value }) },
    {
      argument: 'the name of a header',
      takes: 'line',
      args: (_folder, value) => ({ url: `${base}/echo`, headers: { [`(${value}`]: 'x' } }),
    },
  ],
};
