import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

const python = '/usr/bin/python3';

/** A text and the arguments with which it is edited. */
export interface AnsibleCase {
  readonly text: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Whether a module of Ansible's own can be asked here. */
export function hasAnsible(module: string): boolean {
  return existsSync(python) && existsSync(pathOf(module));
}

/** What Ansible's own module makes of texts; null where it refuses or breaks. `module` is its dotted name. */
export function ansibleEdits(
  module: string,
  cases: readonly AnsibleCase[],
  scratch: string,
): readonly (string | null)[] {
  mkdirSync(scratch, { recursive: true });
  writeFileSync(`${scratch}/cases.json`, JSON.stringify(cases));
  const said = spawnSync(python, ['-W', 'ignore', '-c', driver, scratch, module], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  expect(said.stderr).toBe('');
  return JSON.parse(said.stdout) as (string | null)[];
}

function pathOf(module: string): string {
  return `/usr/lib/python3/dist-packages/${module.replaceAll('.', '/')}.py`;
}

// The module runs as it is; only what a host's side would give it is put in its place.
const driver = `
import importlib, json, shutil, sys
folder, name = sys.argv[1:]
module = importlib.import_module(name)
class Ended(Exception): pass
class Refused(Exception): pass
def fake(path, given):
    class Fake:
        check_mode = False
        _diff = False
        tmpdir = folder
        def __init__(self, argument_spec, **rest):
            self.params = {'unsafe_writes': False}
            for key, spec in argument_spec.items():
                self.params[key] = spec.get('default')
            for key, value in given.items(): self.params[key] = value
            self.params['path'] = path
        def exit_json(self, **kw): raise Ended()
        def fail_json(self, **kw): raise Refused()
        def boolean(self, value): return value
        def backup_local(self, path): pass
        def load_file_common_arguments(self, p, **kw): return {}
        def set_file_attributes_if_different(self, a, c, **kw): return c
        def set_fs_attributes_if_different(self, a, c, *rest): return c
        def atomic_move(self, src, dest, unsafe_writes=False): shutil.move(src, dest)
    return Fake
out = []
path = folder + '/file'
for case in json.load(open(folder + '/cases.json')):
    with open(path, 'w', newline='') as f: f.write(case['text'])
    module.AnsibleModule = fake(path, case['args'])
    try:
        module.main()
    except Ended:
        out.append(open(path, newline='').read())
    except (Refused, IndexError):
        out.append(None)
print(json.dumps(out))
`;
