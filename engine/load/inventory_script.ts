import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { FettleError, type Position } from '../errors.ts';
import type { InventoryDraft } from './inventory_draft.ts';
import { isVariableName } from './inventory_names.ts';

/** Runs an inventory script (`--list`, and `--host NAME` where it gives no `_meta`) and reads its JSON. */
export async function readScript(draft: InventoryDraft, path: string): Promise<void> {
  try {
    await new ScriptReader(draft, path).read();
  } catch (error) {
    if (!(error instanceof FettleError)) throw error;
    draft.errors.push(error);
  }
}

type Json = Readonly<Record<string, unknown>>;

class ScriptReader {
  readonly #draft: InventoryDraft;
  readonly #path: string;
  readonly #at: Position;
  readonly #hosts = new Set<string>();

  constructor(draft: InventoryDraft, path: string) {
    this.#draft = draft;
    this.#path = path;
    this.#at = { file: path, line: 1, column: 1 };
  }

  async read(): Promise<void> {
    const { _meta: meta, ...groups } = await this.#ask('--list');
    for (const [name, data] of Object.entries(groups)) this.#group(name, data);
    const known = isObject(meta) ? meta['hostvars'] : undefined;
    if (known !== undefined) {
      if (!isObject(known)) throw this.#mistake('`_meta.hostvars` must be an object');
      for (const host of this.#hosts) this.#variables(host, known[host] ?? {});
    } else await this.#askEach([...this.#hosts]);
  }

  #group(name: string, data: unknown): void {
    const group = this.#draft.addGroup(name);
    const { hosts = [], vars = {}, children = [] } = groupParts(name, data);
    if (!isNames(hosts)) throw this.#mistake(`\`hosts\` of the group ${name} must be a list of names`);
    if (!isObject(vars)) throw this.#mistake(`\`vars\` of the group ${name} must be an object`);
    if (!isNames(children)) throw this.#mistake(`\`children\` of the group ${name} must be a list of names`);
    for (const host of hosts) {
      this.#draft.addHost(host, name);
      this.#hosts.add(host);
    }
    for (const [variable, value] of Object.entries(vars))
      if (this.#isVariable(variable)) this.#draft.setGroupVariable(group, variable, value, this.#at);
    for (const child of children) {
      this.#draft.addGroup(child);
      this.#draft.addChild(name, child, this.#at);
    }
  }

  #variables(name: string, values: unknown): void {
    if (!isObject(values)) throw this.#mistake(`The variables of the host ${name} must be an object`);
    const host = this.#draft.hosts.get(name);
    for (const [variable, value] of Object.entries(values))
      if (this.#isVariable(variable)) host?.vars.set(variable, { value, at: this.#at, from: `host ${name}` });
  }

  #isVariable(name: string): boolean {
    if (isVariableName(name)) return true;
    this.#draft.errors.push(this.#mistake(`\`${name}\` is no name of a variable`));
    return false;
  }

  async #askEach(hosts: readonly string[]): Promise<void> {
    const atOnce = 8;
    for (let from = 0; from < hosts.length; from += atOnce) {
      const some = hosts.slice(from, from + atOnce);
      const answers = await Promise.all(some.map((host) => this.#ask('--host', host)));
      for (const [index, host] of some.entries()) this.#variables(host, answers[index]);
    }
  }

  async #ask(...args: readonly string[]): Promise<Json> {
    const output = await this.#run(args);
    if (output.trim() === '' && args[0] === '--host') return {};
    let answer: unknown;
    try {
      answer = JSON.parse(output);
    } catch (error) {
      throw this.#mistake(
        `${args.join(' ')} gave no JSON`,
        `${(error as Error).message}\n${output.slice(0, 500)}`,
      );
    }
    if (!isObject(answer))
      throw this.#mistake(`${args.join(' ')} must give a JSON object`, output.slice(0, 500));
    return answer;
  }

  #run(args: readonly string[]): Promise<string> {
    return new Promise((done, fail) => {
      const options = { encoding: 'utf8', maxBuffer: 512 * 1024 * 1024 } as const;
      execFile(resolve(this.#path), [...args], options, (error, stdout, stderr) => {
        if (!error) done(stdout);
        else if (typeof error.code === 'number')
          fail(this.#mistake(`${args.join(' ')} ended with exit status ${error.code}`, stderr.trim()));
        else fail(this.#mistake(`${args.join(' ')} could not be run`, stderr.trim() || error.message));
      });
    });
  }

  #mistake(summary: string, detail?: string): FettleError {
    return new FettleError('inventory', {
      summary: `The inventory script ${this.#path}: ${summary}`,
      detail,
      next: `See what it says: ${this.#path} --list`,
      position: this.#at,
    });
  }
}

/** A list alone is its hosts; an object without known keys is one host's variables, the group's name being the host's. */
function groupParts(name: string, data: unknown): { hosts?: unknown; vars?: unknown; children?: unknown } {
  if (!isObject(data)) return { hosts: data };
  const known = 'hosts' in data || 'vars' in data || 'children' in data;
  return known ? data : { hosts: [name], vars: data };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '');
}
