import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FettleErrors } from '../../engine/errors.ts';
import { loadInventory } from '../../engine/load/inventory_load.ts';
import { scratch, type Files } from './inventory_scratch.ts';

/** What is wrong and where: FILE:LINE:COLUMN, the summary, the next step. */
type Mistake = readonly [place: string, summary: string, next: RegExp];

const ini: readonly (readonly [name: string, text: string, ...mistakes: Mistake[]])[] = [
  [
    'an unknown kind of section',
    '[web:hosts2]\nx y z',
    ['1:6', 'There is no section of the kind `hosts2`', /\[web:vars\]/],
  ],
  ['a section with a blank', '[web db]\nx y', ['1:1', '`[web db]` is no section', /without blanks/]],
  ['a section that is not closed', '\n  [web', ['2:3', '`[web` is no section', /\[GROUP\]/]],
  ['a wrong comment after a section', '[web] ; x', ['1:1', '`[web] ; x` is no section', /starts with #/]],
  ['an address as a section', '[2001:db8::1]', ['1:1', '`[2001:db8::1]` is no section', /needs no brackets/]],
  [
    'an address in brackets without a port',
    '[2001:db8::1] a=1',
    ['1:1', '[2001:db8::1] is no range', /\[ADDRESS\]:PORT/],
  ],
  ['a range without an end', 'web[1:]', ['1:4', '[1:] has no end', /FIRST:LAST/]],
  ['a range of one', '[g]\n  web[5]', ['2:6', '[5] is no range', /FIRST:LAST/]],
  ['a second range that is wrong', 'web[1:2]-[b:a]', ['1:10', '[b:a] runs backwards', /smaller/]],
  ['a range that runs backwards', 'web[9:1]', ['1:4', '[9:1] runs backwards', /smaller/]],
  [
    'a range of two lengths',
    'web[08:100]',
    ['1:4', '08 and 100 of [08:100] differ in length', /same number/],
  ],
  [
    'a range of words',
    'web[aa:zz]',
    ['1:4', '[aa:zz] is neither a range of numbers nor of single letters', /a:f/],
  ],
  ['a step of nothing', 'web[1:9:0]', ['1:4', 'The step of [1:9:0] must be a number from 1', /STEP/]],
  ['a range that is not closed', 'web[1:3 x=1', ['1:4', 'This range is never closed', /01:20/]],
  [
    'a range without measure',
    'web[1:999999999]',
    ['1:4', 'This range stands for 999999999 hosts', /1000000/],
  ],
  ['ranges without measure', 'w[1:9999][1:9999]', ['1:2', 'This range stands for 99980001 hosts', /1000000/]],
  [
    'a port that is none',
    'web:ssh',
    ['1:4', '`web:ssh` is no host name, and what follows the colon is no port', /NAME:PORT/],
  ],
  ['a port that is too large', 'web:99999', ['1:5', '99999 is no port', /65535/]],
  [
    'two names on a line',
    'web1 web2',
    ['1:6', '`web2` is no variable of the form NAME=VALUE', /line of its own/],
  ],
  ['names with a comma', 'web1,web2', ['1:5', 'A comma in a host name', /line of its own/]],
  [
    'blanks around the equals sign',
    'web1 a = 1',
    ['1:6', '`a` is no variable of the form NAME=VALUE', /quotes/],
    ['1:8', '`` is no name of a variable', /without blanks/],
    ['1:10', '`1` is no variable of the form NAME=VALUE', /quotes/],
  ],
  [
    'a variable where a host is expected',
    '[web]\nansible_user=root',
    ['2:1', '`ansible_user=root` stands where a host is expected', /\[web:vars\]/],
  ],
  ['a quote that is not closed', 'web1 a="x y', ['1:8', 'This quote is never closed', /Close it/]],
  ['a backslash at the end', 'web1 a=x\\', ['1:9', 'A backslash ends the line', /\\\\/]],
  ['YAML', 'x\nall:', ['2:1', '`all:` is YAML, but this file is read as INI', /\.yml/]],
  [
    'a host among variables',
    '[web]\n[web:vars]\nweb1',
    ['3:1', '`web1` is no variable of the form NAME=VALUE', /under \[web\]/],
  ],
  [
    'a name of two words',
    '[web]\n[web:vars]\nmy var = 1',
    ['3:1', '`my var` is no name of a variable', /NAME=VALUE/],
  ],
  [
    'a host among children',
    '[a:children]\nb c=1\n[b]',
    ['2:1', '`b c=1` is no name of a group', /one group a line/],
  ],
  [
    'a child that is no group',
    '[a:children]\nweb\nwbe\n[web]\nwbe',
    ['3:1', '[a:children] names the group `wbe`, which there is not', /wbe is a host/],
  ],
  [
    'variables of no group',
    '[web]\n[wbe:vars]\na=1',
    ['2:2', '[wbe:vars] gives variables to a group that there is not', /Did you mean `web`/],
  ],
  [
    'a circle',
    '[a:children]\nb\n[b:children]\nc\n[c:children]\na',
    ['6:1', '`c` stands under itself', /Take a out/],
  ],
  ['a group under itself', '[a:children]\na', ['2:1', '`a` stands under itself', /Take a out/]],
  [
    'all under another',
    '[a:children]\nall',
    ['2:1', '`all` holds every group and stands under none', /Take all out/],
  ],
  [
    'a priority that is no number',
    '[a]\n[a:vars]\nansible_group_priority=high',
    ['3:1', 'ansible_group_priority must be a number', /whole number/],
  ],
  [
    'several at once',
    '[web\nx y\n[g:vars]\n=1\n[h]\nh[2:1]',
    ['1:1', '`[web` is no section', /./],
    ['4:1', '`` is no name of a variable', /./],
    ['6:2', '[2:1] runs backwards', /./],
    ['3:2', '[g:vars] gives variables to a group that there is not', /./],
  ],
];

test.each(ini.map(([name, text, ...expected]) => ({ name, text, expected })))(
  'INI: $name',
  async ({ text, expected }) => {
    const folder = scratch({ hosts: text });
    const errors = await mistakesOf([join(folder, 'hosts')]);
    expect(errors.map(({ position, message }) => [`${position?.line}:${position?.column}`, message])).toEqual(
      expected.map(([place, summary]) => [place, summary]),
    );
    for (const [index, [place, , next]] of expected.entries()) {
      expect(errors[index]?.next).toMatch(next);
      expect(errors[index]?.position?.text).toBe(text.split('\n')[Number(place.split(':')[0]) - 1]);
    }
  },
);

const files: readonly (readonly [name: string, source: string, files: Files, ...mistakes: Mistake[]])[] = [
  ['a source that is not there', 'none', {}, ['-', 'There is no inventory FOLDER/none', /-i host1,/]],
  ['a list of names with a wrong one', 'a,b[1:,c', {}, ['-i:1:4', 'This range is never closed', /01:20/]],
  [
    'a file that is not UTF-8',
    'h',
    { h: Buffer.from('[a]\nx y=\xe9\n', 'latin1') },
    ['h:2:5', 'This is not UTF-8', /Save/],
  ],
  [
    'YAML with a list of hosts',
    'h.yml',
    { 'h.yml': 'all:\n  hosts:\n    - web1\n' },
    ['h.yml:3:5', '`hosts` must be a map', /without a dash/],
  ],
  [
    'YAML with an unknown key',
    'h.yml',
    { 'h.yml': 'all:\n  host:\n    web1:\n' },
    ['h.yml:2:3', '`host` is nothing that a group has', /Did you mean `hosts`/],
  ],
  [
    'YAML with a group beside hosts',
    'h.yml',
    { 'h.yml': 'all:\n  hosts: {a: }\n  web:\n    hosts: {b: }\n' },
    ['h.yml:3:3', '`web` is nothing that a group has', /under `children:`/],
  ],
  [
    'YAML with a wrong range',
    'h.yml',
    { 'h.yml': 'all:\n  hosts:\n    web[1:]:\n' },
    ['h.yml:3:8', '[1:] has no end', /FIRST/],
  ],
  [
    'YAML with variables that are no map',
    'h.yml',
    { 'h.yml': 'all:\n  vars: 3\n  hosts:\n    a: 1\n' },
    ['h.yml:2:9', '`vars` must be a map', /NAME: VALUE/],
    ['h.yml:4:8', 'The variables of the host `a` must be a map', /NAME: VALUE/],
  ],
  [
    'YAML with a duplicate key',
    'h.yml',
    { 'h.yml': 'all:\n  hosts:\n    a:\n    a:\n' },
    ['h.yml:4:5', '`a` is given twice', /one of the two/],
  ],
  [
    'YAML that is a list',
    'h.yml',
    { 'h.yml': '- a\n' },
    ['h.yml:1:1', 'A YAML inventory is a map of groups', /all:/],
  ],
  [
    'YAML with a circle',
    'h.yml',
    { 'h.yml': 'a:\n  children:\n    b:\n      children:\n        a:\n' },
    ['h.yml:5:9', '`b` stands under itself', /Take a out/],
  ],
  [
    'the configuration of a plugin',
    'h.yml',
    { 'h.yml': 'plugin: amazon.aws.aws_ec2\n' },
    [
      'h.yml:1:1',
      'This file configures an inventory plugin of Ansible, which fettle does not run',
      /ansible-inventory/,
    ],
  ],
  [
    'variables that are a list',
    'h',
    { h: 'a\n', 'group_vars/all.yml': '- a\n' },
    ['group_vars/all.yml:1:1', 'A file of variables is a map', /NAME: VALUE/],
  ],
  [
    'variables given twice, for two hosts at once',
    'h',
    { h: 'a\nb\n', 'host_vars/a.yml': 'x: 1\nx: 2\n', 'host_vars/b.yml': 'y z: 1\n' },
    ['host_vars/a.yml:2:1', '`x` is given twice', /one of/],
    ['host_vars/b.yml:1:1', '`y z` is no name of a variable', /blanks/],
  ],
  [
    'encrypted variables',
    'h',
    { h: 'a\n', 'group_vars/all': '$ANSIBLE_VAULT;1.1;AES256\n3132\n' },
    ['group_vars/all:1:1', 'Encrypted variable files are not supported yet', /ansible-vault decrypt/],
  ],
  [
    'a vault value',
    'h',
    { h: 'a\n', 'group_vars/all': 'ok: 1\np: !vault |\n  $ANSIBLE_VAULT;1.1\n' },
    ['group_vars/all:2:11', '`!vault` values are not supported yet', /./],
  ],
  [
    'a script that fails',
    's',
    { s: '#!/bin/sh\necho no cloud >&2\nexit 3\n' },
    ['s:1:1', 'The inventory script FOLDER/s: --list ended with exit status 3', /--list/],
  ],
  [
    'a script that gives no JSON',
    's',
    { s: '#!/bin/sh\necho hello\n' },
    ['s:1:1', 'The inventory script FOLDER/s: --list gave no JSON', /--list/],
  ],
  [
    'a script that gives a list',
    's',
    { s: '#!/bin/sh\necho []\n' },
    ['s:1:1', 'The inventory script FOLDER/s: --list must give a JSON object', /--list/],
  ],
  [
    'a script with strange hosts',
    's',
    { s: '#!/bin/sh\necho \'{"web": {"hosts": {"a": 1}}}\'\n' },
    ['s:1:1', 'The inventory script FOLDER/s: `hosts` of the group web must be a list of names', /--list/],
  ],
  [
    'a script of an unknown interpreter',
    's',
    { s: '#!/no/such/interpreter\n' },
    ['s:1:1', 'The inventory script FOLDER/s: --list could not be run', /--list/],
  ],
];

test.each(files.map(([name, source, written, ...expected]) => ({ name, source, written, expected })))(
  '$name',
  async ({ source, written, expected }) => {
    const folder = scratch(written);
    const errors = await mistakesOf([source.includes(',') ? source : join(folder, source)]);
    const short = (text: string) => text.replaceAll(`${folder}/`, '');
    const seen = errors.map(({ position: at, message }) => [
      at ? `${short(at.file)}:${at.line}:${at.column}` : '-',
      message.replaceAll(folder, 'FOLDER'),
    ]);
    expect(seen).toEqual(expected.map(([place, summary]) => [place, summary]));
    for (const [index, [, , next]] of expected.entries()) expect(errors[index]?.next).toMatch(next);
  },
);

test('a script that may not be run, and a link to nothing, in a folder', async () => {
  const folder = scratch({ 'inv/script': '#!/bin/sh\n' });
  chmodSync(join(folder, 'inv/script'), 0o644);
  symlinkSync('nowhere', join(folder, 'inv/link'));
  const errors = await mistakesOf([join(folder, 'inv')]);
  expect(errors.map((error) => error.message)).toEqual([
    `${folder}/inv/link is a link to nothing`,
    'This inventory is a script, but not executable',
  ]);
  expect(errors[1]?.next).toBe(`Run: chmod +x ${folder}/inv/script`);
});

test('whatever the text, there is an inventory or FettleErrors with a place', async () => {
  const pieces = [
    '[web]',
    '[web:children]',
    '[web:vars]',
    '\n',
    '\n',
    'web',
    'db[1:3]',
    ':22',
    ' a=1',
    ' b="x',
    "'",
    ' ',
    '#',
    '=',
    '[',
    ']',
    ':',
    '\\',
    'all',
    '---',
    '{{ x }}',
    '::1',
  ];
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 20 }).map((parts) => parts.join(''));
  const folder = scratch({});
  await fc.assert(
    fc.asyncProperty(text, fc.constantFrom('hosts', 'hosts.yml'), async (content, name) => {
      writeFileSync(join(folder, name), content);
      try {
        await loadInventory([join(folder, name)]);
      } catch (error) {
        expect(error).toBeInstanceOf(FettleErrors);
        for (const { position, next } of (error as FettleErrors).errors) {
          expect(position?.line).toBeGreaterThan(0);
          expect(next).toBeTruthy();
        }
      }
    }),
    { numRuns: 500 },
  );
});

async function mistakesOf(sources: readonly string[]) {
  try {
    await loadInventory(sources);
  } catch (error) {
    if (error instanceof FettleErrors) return error.errors;
    throw error;
  }
  return [];
}
