import { Type } from 'typebox';
import type { AnyModule, Action, Directive, Module } from '../../engine/contract/module.ts';
import { expression, expressions, fileMode, hostPath, localPath } from '../../engine/contract/schema.ts';
import { known } from '../../engine/contract/probe.ts';
import { sh } from '../../engine/shell/script.ts';

const file: Module<never, null> = {
  kind: 'resource',
  name: 'file',
  summary: 'Keeps a path.',
  args: Type.Object(
    {
      path: hostPath('The path.'),
      state: Type.Optional(Type.Enum(['directory', 'file', 'absent'])),
      mode: Type.Optional(fileMode()),
      owner: Type.Optional(Type.Union([Type.String(), Type.Integer()])),
      recurse: Type.Optional(Type.Boolean({ default: false })),
      follow: Type.Optional(Type.Union([Type.Boolean(), Type.Literal('all')])),
      limit: Type.Optional(Type.Integer({ minimum: 1 })),
      tags: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])),
      env: Type.Optional(Type.Record(Type.String(), Type.String())),
    },
    { additionalProperties: false },
  ),
  probe: () => known(null),
  plan: () => [],
};

const copy: Module<never, null> = {
  ...file,
  name: 'copy',
  args: Type.Object(
    {
      dest: hostPath('Where to.'),
      src: Type.Optional(localPath('From where.')),
      content: Type.Optional(Type.String()),
    },
    { additionalProperties: false },
  ),
};

const command: Action<never> = {
  kind: 'action',
  name: 'command',
  summary: 'Runs a program.',
  shorthand: 'cmd',
  args: Type.Object(
    { cmd: Type.String(), chdir: Type.Optional(Type.String()), reads: Type.Optional(Type.Boolean()) },
    { additionalProperties: false },
  ),
  reads: () => false,
  run: () => ({
    what: 'run',
    script: sh`true`,
    touches: '*',
    undo: { impossible: 'it ran' },
    result: () => ({ changed: true, values: {} }),
  }),
};

const debug: Directive<never> = {
  kind: 'directive',
  name: 'debug',
  summary: 'Says something.',

  args: Type.Object(
    { msg: Type.Optional(Type.Unsafe<unknown>({})), var: Type.Optional(expression('What to show.')) },
    { additionalProperties: false },
  ),
  run: () => ({}),
};

const assert: Directive<never> = {
  ...debug,
  name: 'assert',
  args: Type.Object(
    { that: expressions('What must hold.'), fail_msg: Type.Optional(Type.String()) },
    { additionalProperties: false },
  ),
};

const setFact: Directive<never> = {
  kind: 'directive',
  name: 'set_fact',
  summary: 'Sets variables.',
  args: Type.Object({}, { additionalProperties: true, fettle: 'freeKeys' }),
  run: () => ({}),
};

/** Small modules with every kind of argument, so that loading is tested without the real ones. */
export const fakeRegistry: Readonly<Record<string, () => Promise<AnyModule>>> = Object.fromEntries(
  [assert, command, copy, debug, file, setFact].map((module) => [
    module.name,
    async () => module as AnyModule,
  ]),
);
