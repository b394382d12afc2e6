import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadInventory } from '../../engine/load/inventory_load.ts';
import { inventoryGraph, inventoryJson, inventoryList } from '../../engine/load/inventory_output.ts';
import { hasAnsible, runAnsible, scratch, type Files } from './inventory_scratch.ts';

interface Case {
  readonly name: string;
  readonly files: Files;
  /** Within the scratch folder; `inv/hosts` where absent. */
  readonly sources?: readonly string[];
  readonly playbookDir?: string;
}

const script = (json: unknown) => `#!/bin/sh\ncat <<'END'\n${JSON.stringify(json)}\nEND\n`;

const cases: readonly Case[] = [
  {
    name: 'groups, children, variables, a host without a group',
    files: {
      'inv/hosts': `mail.example.com ansible_host=10.0.0.1
[web]
web1 weight=2
web2
[db]
db1
[prod:children]
web
db
[prod:vars]
stage=prod
[all:vars]
domain=example.com
stage=none
`,
    },
  },
  {
    name: 'ranges: padded, stepped, letters, several in a name, with a port, within an address',
    files: {
      'inv/hosts': `[web]
web[01:12].example
web[1:9:4]-x
db-[a:f:2]
db-[y:B]
r[0:1]n[08:11].example:2222 rack=1
10.0.[0:1].[1:2]
n[:3]
[0:2].pool
2001:db8::[1:3]
`,
    },
  },
  {
    name: 'ports and IPv6',
    files: {
      'inv/hosts': `web1:2222
web1:3333 late=1
[2001:db8::1]:22
2001:db8::2
::1
fe80::1%eth0
10.0.0.1:2022 ansible_port=5
`,
    },
  },
  {
    name: 'Python literals in both places',
    files: {
      'inv/hosts': `web1 i=1 f=1.5 neg=-3 t=True fa=False n=None s=yes v=1.2.3 o=0644 h=0x1f u=1_000 e=1e3 z=00 zf=01.5 l="[1, 'a', True]" d="{'a': [1, (2, 3)], 2: None}" tu=1,2 q='"12"' dot=.5 plus=+4 bad=[1, empty= true=true
[g]
web1
[g:vars]
i = 1
text = two words
quoted = "two words"
single = 'it'
comment = 5 # five
kept = five # kept
list = [1, 2,]
nested = {'a': {'b': [True, None, -1.5]}, "c": 'd'}
tuple = (1,)
group = (1)
glued = 'a' "b"
escapes = 'a\\tb\\x41\\u00e9\\\\\\'\\q'
raw = r'a\\tb'
open = [1, 2
json = {"a": true}
template = "{{ foo }}"
bare = {{ foo }}
equals = a=b=c
minus = --1
space = - 1
float = 1.
hash = #x
unicode = 'ü'
triple = """a'b"""
none =
concat = 1 2
float_version = 1.10
fstring = f'{x}'
`,
    },
  },
  {
    name: 'quotes, comments and blanks on host lines',
    files: {
      'inv/hosts': `# a comment
; another
   web1   a='x y'  b="x \\"y\\" \\z"   c=pre"mid dle"post # the end
web2 a=b#c d=e
web3 a=x\\ y b='#no' e='it"s'
web4	tab=1	x="a=b"
[g] # with a comment
  web1

[g:vars]
# not a variable
; nor this
k=v
`,
    },
  },
  {
    name: 'the same variable at every depth, names and priorities at one depth',
    files: {
      'inv/hosts': `[b_group]
h1
h2
[a_group]
h1
[c_group]
h1 own=host
[top:children]
middle
[middle:children]
c_group
[a_group:vars]
v=a
w=a
own=a
[b_group:vars]
v=b
w=b
p=b
ansible_group_priority=10
[c_group:vars]
deep=c
[middle:vars]
deep=middle
mid=middle
[top:vars]
deep=top
mid=top
v=top
[all:vars]
v=all
deep=all
own=all
x=all
`,
    },
  },
  {
    name: 'a diamond of groups, a child reached at two depths',
    files: {
      'inv/hosts': `[leaf]
h1
[left:children]
leaf
[right:children]
between
[between:children]
leaf
[root:children]
left
right
leaf
[left:vars]
v=left
[between:vars]
v=between
[right:vars]
v=right
w=right
[leaf:vars]
w=leaf
`,
    },
  },
  {
    name: 'hosts of all and ungrouped, sections again and again, children before their groups',
    files: {
      'inv/hosts': `first
[outer:children]
inner
later
[all]
inall
first
[ungrouped]
un1
grouped
[inner]
grouped a=1
[outer:vars]
o=1
[inner]
grouped b=2 a=3
[inner:vars]
o=2
[later]
[empty]
[all:children]
outer
`,
    },
  },
  {
    name: 'Windows line ends, a tab, no newline at the end, a comment that is not UTF-8',
    files: {
      'inv/hosts': Buffer.concat([
        Buffer.from('[web]\r\n\tweb1 a=1\t\r\n# caf'),
        Buffer.from([0xe9]),
        Buffer.from('\r\n[web:vars]\r\nb = ü \r\nc=3'),
      ]),
    },
  },
  {
    name: 'group_vars and host_vars beside the inventory: files, extensions, folders',
    files: {
      'inv/hosts': `[web]
web1 host_line=line own=line
web2
[db]
db1
[prod:children]
web
db
[web:vars]
in_file=file
both=file
[all:vars]
everywhere=file
`,
      'inv/group_vars/all.yml': 'everywhere: all\nboth: all\nlist: [1, 2]\nmap: {a: {b: 1}}\n',
      'inv/group_vars/web': 'both: web\n',
      'inv/group_vars/db.json': '{"both": "db", "json": true}',
      'inv/group_vars/prod/10-first.yml': 'p: 1\nq: 1\n',
      'inv/group_vars/prod/20-second.yaml': 'q: 2\n',
      'inv/group_vars/prod/deep/30': 'r: 3\n',
      'inv/group_vars/prod/skipped.ini': 'nonsense',
      'inv/group_vars/prod/.hidden.yml': 'hidden: 1\n',
      'inv/group_vars/prod/backup~': 'backup: 1\n',
      'inv/group_vars/prod.yml': 'shadowed: 1\n',
      'inv/group_vars/nobody.yml': 'nobody: 1\n',
      'inv/host_vars/web1.yaml': 'own: host_vars\n',
      'inv/host_vars/web2/a.yml': 'own: a\n',
      'inv/host_vars/db1.yml': '# nothing\n',
    },
  },
  {
    name: "the playbook's group_vars and host_vars, against those of the inventory",
    playbookDir: 'play',
    files: {
      'inv/hosts': `[web]
web1 h=line
[prod:children]
web
[web:vars]
v1=file
v2=file
v3=file
v4=file
v5=file
`,
      'inv/group_vars/all.yml': 'v2: inv-all\nv3: inv-all\nv4: inv-all\nv5: inv-all\nh: inv-all\n',
      'play/group_vars/all.yml': 'v3: play-all\nv4: play-all\nv5: play-all\n',
      'inv/group_vars/web.yml': 'v4: inv-web\nv5: inv-web\n',
      'play/group_vars/prod.yml': 'v5: play-prod\n',
      'inv/host_vars/web1.yml': 'h: inv-host\ng: inv-host\n',
      'play/host_vars/web1.yml': 'g: play-host\n',
    },
  },
  {
    name: 'a folder: order of files, what is passed over, folders within',
    sources: ['inv'],
    files: {
      'inv/01-hosts': '[web]\nweb1 a=1 b=1\n',
      'inv/02-more.yml': 'web:\n  hosts:\n    web1: {b: 2}\n    web9:\ndb:\n  hosts: db1\n',
      'inv/03.ini': 'not read at all [',
      'inv/04.cfg': 'not read at all [',
      'inv/old.bak': '[x',
      'inv/README.md': '# [x',
      'inv/hosts~': '[x',
      'inv/.hidden': '[x',
      'inv/B-first': '[web]\nweb0\n',
      'inv/sub/nested': '[nested]\nn1\n[nested:vars]\nx=1\n',
      'inv/sub/group_vars/nested.yml': 'not_read: 1\n',
      'inv/group_vars/web.yml': 'from_folder: true\n',
    },
  },
  {
    name: 'two sources, each with its own variables',
    sources: ['one/hosts', 'two/hosts'],
    files: {
      'one/hosts': '[web]\nweb1 a=1\n[parent:children]\nweb\n[web:vars]\nv=one\n',
      'one/group_vars/web.yml': 'g: one-web\n',
      'one/group_vars/all.yml': 'x: one-all\n',
      'two/hosts': '[web]\nweb1 a=2\nweb2\n[web:vars]\nv=two\n',
      'two/group_vars/parent.yml': 'g: two-parent\n',
      'two/group_vars/all.yml': 'x: two-all\n',
    },
  },
  {
    name: 'YAML: nested groups, ranges, ports, anchors, a name alone as text',
    sources: ['inv/hosts.yml'],
    files: {
      'inv/hosts.yml': `---
all:
  vars: {domain: example.com, level: all}
  hosts:
    mail:
  children:
    prod:
      vars: &shared
        level: prod
        list: [a, b]
      children:
        web:
          hosts:
            web[01:03]:
              x: 1
            special:2222:
              level: host
        db:
          hosts: db1
          vars:
            <<: *shared
            level: db
    empty:
other:
  children:
    web:
  hosts:
    mail: {m: "1"}
    "2001:db8::1":
`,
    },
  },
  {
    name: 'YAML without an extension, and JSON',
    sources: ['inv/hosts', 'inv/more.json'],
    files: {
      'inv/hosts': '# hosts\nall:\n  hosts:\n    a:\n      n: null\n      t: true\n      f: 1.5\n',
      'inv/more.json': '{"web": {"hosts": {"b": {"x": [1, {"y": "z"}]}, "a": null}, "vars": {"v": 1}}}',
    },
  },
  {
    name: 'a script that gives _meta',
    sources: ['inv/dynamic'],
    files: {
      'inv/dynamic': script({
        web: { hosts: ['web1', 'web2'], vars: { v: 1, l: [1] }, children: ['sub'] },
        sub: ['s1'],
        lonely: { x: 1 },
        all: { vars: { everywhere: true } },
        _meta: { hostvars: { web1: { own: 'yes', 'tag-name': 1 }, unlisted: { a: 1 } } },
      }),
      'inv/group_vars/web.yml': 'beside: 1\n',
    },
  },
  {
    name: 'a script that is asked for each host',
    sources: ['inv/dynamic'],
    files: {
      'inv/dynamic': `#!/bin/sh
case $1 in
  --list) echo '{"web": ["web1", "web2", "web3"]}' ;;
  --host) case $2 in web3) echo '{}' ;; *) echo "{\\"name\\": \\"$2\\"}" ;; esac ;;
esac
`,
    },
  },
  {
    name: 'names with commas',
    sources: ['web1, web2:2222,10.0.0.1,,[2001:db8::1]:22'],
    files: {},
  },
  {
    name: 'names and a file that has them too',
    sources: ['web1,db1', 'inv/hosts'],
    files: { 'inv/hosts': '[web]\nweb1 a=1\n' },
  },
  { name: 'an empty file', files: { 'inv/hosts': '\n# nothing\n' } },
];

describe.runIf(hasAnsible)('the same as ansible-inventory (needs ansible-core)', () => {
  test.each(cases)('$name', async ({ files, sources = ['inv/hosts'], playbookDir }) => {
    const folder = scratch(files);
    const at = (source: string) => (source.includes(',') ? source : join(folder, source));
    const args = sources.flatMap((source) => ['-i', at(source)]);
    if (playbookDir) args.push('--playbook-dir', at(playbookDir));
    const theirs = JSON.parse(runAnsible('ansible-inventory', [...args, '--list'], folder)) as unknown;
    const options = playbookDir ? { playbookDirs: [at(playbookDir)] } : {};
    const inventory = await loadInventory(sources.map(at), options);
    expect(JSON.parse(inventoryJson(inventoryList(inventory)))).toEqual(theirs);
    expect(inventoryGraph(inventory)).toBe(
      runAnsible('ansible-inventory', [...args, '--graph'], folder).trimEnd(),
    );
  });
});
