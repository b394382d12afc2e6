import { dirname, join } from 'node:path';
import { FettleError, type Position } from '../errors.ts';
import { constant, mapOf } from '../template/value.ts';
import type { ValueTemplate } from '../template/template.ts';
import { gatherHandlers, nothingGathered, type Around } from './around.ts';
import { checkKeys, checkStepKeys } from './check_keys.ts';
import { Fields } from './fields.ts';
import { plainName } from './find_module.ts';
import { candidatesOf, kindOfPath } from './find_file.ts';
import { findRole } from './find_role.ts';
import { given, inherit, stepKeys, type Inherited } from './inherited.ts';
import { commonKeys, foreignGroupKey, foreignIncludeKey, includeKeys } from './keywords.ts';
import { readLoop, readLoopControl } from './load_loop.ts';
import { loadRole } from './load_role.ts';
import { Mistakes } from './mistakes.ts';
import type { From, Include, Included, Step } from './playbook.ts';
import { fromTemplateOf, roleFile } from './role_files.ts';
import { stepArguments } from './step_arguments.ts';
import { findTasks, stepsOfFile } from './tasks_file.ts';
import { readVariables } from './variable_files.ts';
import type { YamlEntry, YamlMap } from './yaml_node.ts';

const deepest = 50;

const never = { get: () => undefined, has: () => false };

/** Reads `include_tasks`, `include_role` or `include_vars`; what a constant name stands for is read and checked at once. */
export async function loadInclude(
  node: YamlMap,
  entry: YamlEntry,
  around: Around,
): Promise<readonly Include[]> {
  const { mistakes } = around;
  const keyword = plainName(entry.key) as Include['keyword'];
  checkStepKeys(node, includeKeys, `\`${keyword}\``, around, foreignIncludeKey);
  const fields = new Fields(node, mistakes);
  const id = around.nextId();
  const own = inherit(fields, around);
  const loop = readLoop(fields, mistakes);
  const loopControl = readLoopControl(fields, mistakes);
  const args = stepArguments(keyword, entry, around);
  const target = args && targetOf(args, entry, keyword, around);
  if (!args || !target) return [];
  const source: Source = {
    keyword,
    target,
    link: entry.keyAt,
    from: fromTemplateOf(args),
    wanted: args.map.get('dir') ? 'folder' : 'file',
    inherited: withinOf(args, own, around),
    ...(keyword === 'include_vars' ? given({ variable: args.name('name', 'a variable') }) : {}),
  };
  if (keyword === 'include_role') checkRoleArguments(args, around);
  const read = reader(source, around);
  const include: Include = {
    kind: 'include',
    id,
    keyword,
    name: fields.text('name') ?? constant(keyword, node.at),
    at: node.at,
    target,
    from: source.from,
    loopControl,
    ...(loop ? { loop } : {}),
    ...stepKeys(own),
    load: read,
  };
  const known = await readAhead(include, around);
  return [known ? { ...include, known } : include];
}

interface Source {
  readonly keyword: Include['keyword'];
  readonly target: ValueTemplate;
  readonly link: Position;
  readonly from: ValueTemplate;
  readonly wanted: 'file' | 'folder';
  /** The one variable that holds all of `include_vars`. */
  readonly variable?: string;
  /** What the steps that it brings inherit. */
  readonly inherited: Inherited;
}

// The include's own `when` and `tags` choose it; its steps have those of what is around it, its `vars` and `apply`.
function withinOf(args: Fields, own: Inherited, around: Around): Inherited {
  const { mistakes } = around;
  const outer = { ...around.inherited, vars: own.vars };
  const apply = args.map.get('apply');
  if (!apply) return outer;
  if (apply.kind !== 'map') {
    args.wrong('apply', apply, 'a map of keywords, as in `{tags: [web]}`');
    return outer;
  }
  checkKeys(apply, commonKeys, '`apply`', mistakes, foreignGroupKey);
  return inherit(new Fields(apply, mistakes), { ...around, inherited: outer });
}

function targetOf(
  args: Fields,
  entry: YamlEntry,
  keyword: Include['keyword'],
  { mistakes }: Around,
): ValueTemplate | undefined {
  const keys = { include_tasks: ['file'], include_role: ['name'], include_vars: ['file', 'dir'] }[keyword];
  const given = keys.filter((key) => args.map.get(key));
  if (given.length === 1) return args.text(given[0] as string);
  const [first = '', second = ''] = keys;
  mistakes.add(entry.keyAt, {
    summary:
      given.length === 0
        ? `\`${entry.key}\` needs \`${keys.join('` or `')}\``
        : `\`${entry.key}\` takes \`${first}\` or \`${second}\`, not both`,
    next: `Write \`${entry.key}: {${first}: …}\`.`,
  });
  return undefined;
}

// The same name gives the same steps, for every host.
function reader(source: Source, around: Around): Include['load'] {
  const known = new Map<string, Promise<Included>>();
  // What later roles of the play leave behind does not count where this one is reached.
  const roles = [...around.gathered.roles];
  return (target, from = {}) => {
    const key = JSON.stringify([target, from]);
    const before = known.get(key);
    if (before) return before;
    const reading = readTarget({ target, from }, source, { ...around, gathered: nothingGathered(roles) });
    known.set(key, reading);
    return reading;
  };
}

async function readTarget(
  { target, from }: { readonly target: string; readonly from: From },
  source: Source,
  around: Around,
): Promise<Included> {
  const { keyword, link, inherited } = source;
  const { at } = source.target;
  const nothing: Included = { steps: [], handlers: [], variables: {} };
  if (keyword === 'include_vars') return { ...nothing, variables: await variablesOf(target, source, around) };
  if (around.chain.length >= deepest)
    throw new FettleError('playbook', {
      summary: `Includes are ${deepest} deep here: this one goes round in a circle`,
      next: 'Give one of them a `when` that ends it.',
      position: link,
    });
  const mistakes = new Mistakes('playbook', around.loading.warn);
  const inside: Around = { ...around, mistakes, inherited, nextId: around.loading.nextIncludedId };
  const way = { at: link, included: true };
  const steps = await mistakes.tryAsync(async (): Promise<readonly Step[]> => {
    if (keyword === 'include_role') return loadRole({ name: target, at, from, link: way }, inside);
    return stepsOfFile(await findTasks(target, at, around), way, inside);
  });
  const handlers = await gatherHandlers(inside.gathered);
  mistakes.throw();
  return { ...nothing, steps: steps ?? [], handlers };
}

async function variablesOf(
  target: string,
  { target: { at }, wanted, variable, inherited }: Source,
  { loading, playFolder }: Around,
): Promise<Included['variables']> {
  const { role } = inherited;
  const places = [
    ...(role ? [join(role.path, 'vars')] : []),
    dirname(at.file),
    join(playFolder, 'vars'),
    playFolder,
  ];
  const candidates = candidatesOf(target, places);
  for (const candidate of candidates) {
    if ((await kindOfPath(candidate)) !== wanted) continue;
    const variables = await readVariables(candidate, at, loading);
    return variable === undefined ? variables : { [variable]: mapOf(new Map(Object.entries(variables)), at) };
  }
  throw new FettleError('playbook', {
    summary: `There is no ${wanted} ${target}`,
    detail: `Looked for ${candidates.join(', ')}.`,
    next: 'Put it there, or give its path relative to this file.',
    position: at,
  });
}

// What leads back to itself is read when it is reached: only then it shows whether its `when` ends it.
async function readAhead(
  { target, from: files, keyword, load }: Include,
  around: Around,
): Promise<Included | undefined> {
  if (!target.constant || !files.constant) return undefined;
  const name = String(target.render(never));
  const from = files.render(never) as From;
  return around.mistakes.tryAsync(async () => {
    if (keyword !== 'include_vars') {
      const path =
        keyword === 'include_tasks'
          ? await findTasks(name, target.at, around)
          : await roleFile(await findRole(name, target.at, around), 'tasks', from, target.at);
      if (around.chain.some(({ key }) => key === path)) return undefined;
    }
    return load(name, from);
  });
}

function checkRoleArguments(args: Fields, { mistakes }: Around): void {
  args.boolean('rolespec_validate');
  args.boolean('allow_duplicates');
  if (args.boolean('public') !== true) return;
  mistakes.add(args.map.get('public')?.at ?? args.map.at, {
    summary: '`public: true` is not supported: what a role includes stays in it',
    next: 'Take `import_role`, whose defaults and variables the whole play sees.',
  });
}
