import { describe, expect, test } from 'vitest';
import { formatError } from '../../engine/error_text.ts';
import { FettleErrors } from '../../engine/errors.ts';
import { loadAdHoc } from '../../engine/load/ad_hoc.ts';
import type { Task } from '../../engine/load/playbook.ts';
import { scopeOf } from '../template/scope.ts';
import { fakeRegistry } from './fake_modules.ts';

const scope = scopeOf({ inventory_hostname: 'web1' });

async function taskOf(module: string, words: readonly string[]): Promise<Task> {
  const { plays } = await loadAdHoc('web', module, words, fakeRegistry);
  return plays[0]?.steps[0] as Task;
}

describe('words become arguments', () => {
  test.each<[module: string, words: string[], values: Record<string, unknown>]>([
    [
      'file',
      ['path=/x', 'mode=0644', 'recurse=yes', 'limit=3'],
      { path: '/x', mode: '0644', recurse: true, limit: 3 },
    ],
    [
      'file',
      ['path=/x', 'tags=[a, b]', 'owner=1000'],
      { path: '/x', recurse: false, tags: ['a', 'b'], owner: '1000' },
    ],
    ['copy', ['dest=/x', 'content=1.10'], { dest: '/x', content: '1.10' }],
    ['copy', ['dest=/x', 'content=a=b {{ inventory_hostname }}'], { dest: '/x', content: 'a=b web1' }],
    ['ansible.builtin.copy', ['dest=/x', 'content={"a": 1}'], { dest: '/x', content: '{"a": 1}' }],
    ['command', ['uptime', '-p'], { cmd: 'uptime -p' }],
    ['command', ['dd', 'if=/dev/zero', 'chdir=/tmp'], { cmd: 'dd if=/dev/zero', chdir: '/tmp' }],
    ['set_fact', ['a=1', 'b=true', 'c=text', 'd=[1]'], { a: 1, b: true, c: 'text', d: [1] }],
    ['debug', [], {}],
  ])('%s %j', async (module, words, values) => {
    const { args } = await taskOf(module, words);
    expect(args.validate(args.values.render(scope))).toEqual(values);
  });

  test('and expressions', async () => {
    const { args } = await taskOf('assert', ["that=inventory_hostname == 'web1'"]);
    expect([args.expressions['that']].flat()[0]?.evaluate(scope)).toBe(true);
  });

  test('with the pattern as the hosts', async () => {
    const { plays } = await loadAdHoc('web:!web3', 'debug', [], fakeRegistry);
    expect(plays[0]?.hosts.render(scope)).toBe('web:!web3');
  });
});

describe('mistakes point into the command line', () => {
  test.each<[module: string, words: string[], said: string]>([
    [
      'fiel',
      ['path=/x'],
      'command line:1:1: There is no module `fiel`\n    fiel path=/x\n    ^\n  Did you mean `file`?',
    ],
    [
      'file',
      ['path=/x', 'ownr=root'],
      'command line:1:14: `ownr` is not an argument of `file`\n    file path=/x ownr=root\n                 ^\n  Did you mean `owner`?',
    ],
    [
      'file',
      ['/x'],
      'command line:1:1: `file` needs `path`\n    file /x\n    ^\n  Add `path: …`.\ncommand line:1:6: `/x` is no argument\n    file /x\n         ^\n  Write name=value.',
    ],
    [
      'file',
      ['path=/x', 'path=/y'],
      'command line:1:14: `path` is given twice\n    file path=/x path=/y\n                 ^\n  Leave one of them out.',
    ],
    [
      'file',
      ['path=x'],
      'command line:1:11: `path` must be an absolute path\n    file path=x\n              ^\n  This is "x".',
    ],
    [
      'copy',
      ['dest=/x', 'content={{ a | default(1) }}'],
      'command line:1:25: `|` is Jinja\n    copy dest=/x content={{ a | default(1) }}\n                            ^\n  Write `{{default a 1}}`.',
    ],
    [
      'assert',
      ['that=a and b'],
      'command line:1:15: `and` is Jinja\n    assert that=a and b\n                  ^\n  Write `a && b`.',
    ],
  ])('%s %j', async (module, words, said) => {
    const errors = await loadAdHoc('web', module, words, fakeRegistry).then(
      () => [],
      (error: unknown) => (error as FettleErrors).errors,
    );
    expect(errors.map(formatError).join('\n')).toBe(said);
  });
});
