import { dirname } from 'node:path';
import type { ValueTemplate } from '../template/template.ts';
import { compileText } from '../template/text.ts';
import { gatherHandlers, type Around } from './around.ts';
import { readSerial } from './batches.ts';
import { checkKeys } from './check_keys.ts';
import { Fields } from './fields.ts';
import { given, inherit, isWhole, readBecome, type Inherited } from './inherited.ts';
import { foreignPlayKey, playKeys } from './keywords.ts';
import { flushAfter } from './load_meta.ts';
import { loadRoles } from './load_role.ts';
import type { Mistakes } from './mistakes.ts';
import { settleNotify } from './notify.ts';
import type { Play, Step, Task } from './playbook.ts';
import { readVarsFiles } from './vars_files.ts';
import { loadVarsSchema } from './vars_schema.ts';
import type { YamlMap } from './yaml_node.ts';

/** Reads one play; undefined where it has no hosts. */
export async function loadPlay(node: YamlMap, around: Around): Promise<Play | undefined> {
  const { mistakes, gathered } = around;
  checkKeys(node, playKeys, 'a play', mistakes, foreignPlayKey);
  const fields = new Fields(node, mistakes);
  const hosts = readHosts(node, fields, mistakes);
  const become = readBecome(fields, around.inherited.becomes, mistakes);
  const inside: Around = { ...around, inherited: withinPlay(fields, around) };
  const varsFiles = await readVarsFiles(node, around);
  const steps = await sectionsOf(node, inside);
  const gate = await around.loading.loadSteps('gate', node.get('gate'), inside);
  const handlers = await handlersOf(node, inside);
  const settled = settleNotify({ steps, gate, handlers }, mistakes);
  const name = fields.text('name');
  const varsSchema = await readVarsSchema(fields, mistakes);
  fields.boolean('gather_facts');
  const rest = readRest(fields, mistakes);
  if (!hosts) return undefined;
  return {
    name: nameOf(name, hosts),
    at: node.at,
    hosts,
    ...become,
    ...given({ varsSchema }),
    ...rest,
    vars: { ...fields.variables('vars'), ...around.inherited.vars, ...varsFiles.vars, ...gathered.vars },
    defaults: gathered.defaults,
    varsFiles: varsFiles.files,
    ...settled,
  };
}

function readRest(fields: Fields, mistakes: Mistakes) {
  return {
    serial: readSerial(fields, mistakes),
    anyErrorsFatal: fields.boolean('any_errors_fatal') ?? false,
    strategy: readStrategy(fields),
    forceHandlers: fields.boolean('force_handlers') ?? false,
    ...given({
      connection: fields.choice('connection', ['ssh', 'local']),
      user: fields.text('remote_user'),
      maxFail: fields.number('max_fail', 'a whole number, 0 or more', (value) => isWhole(value, 0)),
      maxFailPercentage: fields.number(
        'max_fail_percentage',
        'a number from 0 to 100',
        (value) => value >= 0 && value <= 100,
      ),
    }),
  };
}

// What the play says of itself stays with the play; the rest goes to its steps.
function withinPlay(fields: Fields, around: Around): Inherited {
  const outer = around.inherited;
  const { become, becomeUser, becomeMethod, anyErrorsFatal, ...rest } = inherit(fields, around);
  return { ...rest, vars: {}, when: outer.when };
}

async function sectionsOf(node: YamlMap, around: Around): Promise<readonly Step[]> {
  const section = async (key: string) => around.loading.loadSteps(key, node.get(key), around);
  const before = await section('pre_tasks');
  const roles = await loadRoles(node.get('roles'), around);
  const tasks = await section('tasks');
  const after = await section('post_tasks');
  return [before, [...roles, ...tasks], after].flatMap((steps) =>
    steps.length === 0 ? [] : [...steps, flushAfter(node.at)],
  );
}

// Those of the play come last: of two with one name, the last one counts.
async function handlersOf(node: YamlMap, around: Around): Promise<readonly Task[]> {
  const ofRoles = await gatherHandlers(around.gathered);
  const own = await around.loading.loadSteps('handlers', node.get('handlers'), {
    ...around,
    section: 'handlers',
  });
  return [...ofRoles, ...own].filter((step) => step.kind === 'task');
}

function readStrategy(fields: Fields): Play['strategy'] {
  const node = fields.map.get('strategy');
  if (node?.kind === 'scalar' && node.value === 'host_pinned') return 'free';
  return fields.choice('strategy', ['free', 'linear']) ?? 'free';
}

function readHosts(play: YamlMap, fields: Fields, mistakes: Mistakes): ValueTemplate | undefined {
  const node = play.get('hosts');
  if (!node) {
    mistakes.add(play.at, {
      summary: 'This play has no `hosts`',
      next: 'Add `hosts: all` or another pattern.',
    });
    return undefined;
  }
  if (node.kind !== 'list') return fields.text('hosts');
  const names = node.items.map((item) =>
    item.kind === 'scalar' && typeof item.value === 'string' ? item.value : '',
  );
  if (names.length > 0 && !names.includes(''))
    return mistakes.try(() => compileText(names.join(','), node.at));
  fields.wrong('hosts', node, 'a pattern or a list of patterns');
  return undefined;
}

async function readVarsSchema(fields: Fields, mistakes: Mistakes): Promise<Play['varsSchema']> {
  const node = fields.map.get('vars_schema');
  if (!node) return undefined;
  if (node.kind !== 'scalar' || typeof node.value !== 'string' || node.value.includes('{{')) {
    fields.wrong('vars_schema', node, 'the path of a JSON schema, relative to the playbook');
    return undefined;
  }
  const path = node.value;
  return mistakes.tryAsync(() => loadVarsSchema(path, dirname(node.from.file), node.at));
}

function nameOf(name: ValueTemplate | undefined, hosts: ValueTemplate): string {
  const from = name?.constant ? name : hosts.constant ? hosts : undefined;
  return from ? String(from.render({ get: () => undefined, has: () => false })) : 'play';
}
