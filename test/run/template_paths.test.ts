import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localFleet, type Fleet } from './harness.ts';

let fleet: Fleet;

beforeAll(async () => {
  fleet = await localFleet(2);
  mkdirSync(join(fleet.folder, 'templates'));
  const put = (name: string, text: string): void =>
    writeFileSync(join(fleet.folder, 'templates', name), text);
  put('plain', 'plain on {{ inventory_hostname }}\n');
  put('facts', '{{ facts.os.family }}\n');
  put('register', '{{ said.stdout }}\n');
  put('others', '{{ hostvars.h1.said.stdout }}\n');
  put('wrong', 'one\n{{ no_such_name }}\n');
});
afterAll(() => fleet.close());

const told = (number: number, name: string): string => readFileSync(join(fleet.root(number), name), 'utf8');

test('each item and host has its own template', async () => {
  const ended = await fleet.run(`
- hosts: all
  tasks:
    - template: { src: "{{ item }}", dest: "{{ root }}/{{ item }}" }
      loop: [plain, facts]
`);
  expect(ended.exit).toBe(0);
  expect([told(1, 'plain'), told(2, 'plain')]).toEqual(['plain on h1\n', 'plain on h2\n']);
  expect(told(1, 'facts')).toMatch(/^[a-z]+\n$/);
});

test('a path and a name that a register gives are known at their turn', async () => {
  const play = `
- hosts: h1
  tasks:
    - command: echo register
      register: said
    - template: { src: "{{ said.stdout }}", dest: "{{ root }}/turn" }
`;
  const check = await fleet.run(play, { check: true });
  expect(check.line('h1')).toEqual(['command: changed', 'template: later']);
  expect((await fleet.run(play)).exit).toBe(0);
  expect(told(1, 'turn')).toBe('register\n');
});

test('in check mode a name of the template that is not known yet is not guessed', async () => {
  const check = await fleet.run(
    `
- hosts: h1
  vars: { which: register }
  tasks:
    - command: echo register
      register: said
    - template: { src: "{{ which }}", dest: "{{ root }}/check" }
`,
    { check: true },
  );
  expect(check.line('h1')).toEqual(['command: changed', 'template: later']);
});

test('a template that names another host waits for it', async () => {
  const ended = await fleet.run(`
- hosts: all
  vars: { which: others }
  tasks:
    - command: sh -c 'sleep 1; echo late'
      when: inventory_hostname == 'h1'
      register: said
    - template: { src: "{{ which }}", dest: "{{ root }}/others" }
`);
  expect(ended.exit).toBe(0);
  expect(told(2, 'others')).toBe('late\n');
});

test('a name without a value is told with its place in the template', async () => {
  const ended = await fleet.run(`
- hosts: h1
  vars: { which: wrong }
  tasks:
    - template: { src: "{{ which }}", dest: "{{ root }}/wrong" }
`);
  expect(ended.exit).toBe(2);
  expect(ended.tasks()[0]?.message).toMatch(/no_such_name.*templates\/wrong:2:4\)$/);
});
