import { posix } from 'node:path';
import { Environment } from '@marcbachmann/cel-js';
import { attempt } from './cel_attempt.ts';
import { matches } from './pattern.ts';
import { compareVersions, Version } from './version.ts';

/** CEL with fettle's own functions; made when the first expression is compiled. */
export function celEnvironment(): Environment {
  const environment = new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
  });
  addNumbers(environment);
  addText(environment);
  addVersions(environment);
  addAttempts(environment);
  return environment;
}

/** fettle's own functions, for messages. */
export const functionHelp =
  'defined, default, has, version, matches, basename, dirname, lower, upper, size, int, double, string, bool; on texts .startsWith, .endsWith, .contains, .split; on lists .exists, .all, .filter, .map, .join';

const sync = { async: false } as object;

// CEL keeps whole and other numbers apart; in YAML nobody does.
function addNumbers(environment: Environment): void {
  const mixed: Record<string, (a: number, b: number) => number> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
  };
  for (const [operator, compute] of Object.entries(mixed))
    for (const [left, right] of [
      ['int', 'double'],
      ['double', 'int'],
    ])
      environment.registerOperator(
        `${left} ${operator} ${right}: double`,
        (a: bigint | number, b: bigint | number) => compute(Number(a), Number(b)),
      );
}

function addText(environment: Environment): void {
  // As in Python: a condition that looks into what a command said is the most common one of all.
  environment.registerOperator('string in string: bool', (part: string, text: string) => text.includes(part));
  environment.registerFunction('lower(string): string', (text: string) => text.toLowerCase(), sync);
  environment.registerFunction('upper(string): string', (text: string) => text.toUpperCase(), sync);
  environment.registerFunction('basename(string): string', (path: string) => posix.basename(path), sync);
  environment.registerFunction('dirname(string): string', (path: string) => posix.dirname(path), sync);
  environment.registerFunction('matches(string, string): bool', matches, sync);
}

function addVersions(environment: Environment): void {
  environment.registerType('Version', { ctor: Version, fields: {} });
  environment.registerFunction('version(string): Version', (text: string) => new Version(text), sync);
  // `version(a, 'dpkg') < version(b, 'dpkg')`
  environment.registerFunction(
    'version(string, string): Version',
    (text: string, rules: string) => {
      if (rules !== 'rpm' && rules !== 'dpkg')
        throw new Error(`a version is ordered as 'rpm' or 'dpkg' does, not ${rules}`);
      return new Version(text, rules);
    },
    sync,
  );
  environment.registerFunction('string(Version): string', ({ text }: Version) => text, sync);
  const orders: Record<string, (order: number) => boolean> = {
    '<': (order) => order < 0,
    '<=': (order) => order <= 0,
    '>': (order) => order > 0,
    '>=': (order) => order >= 0,
    '==': (order) => order === 0,
  };
  for (const [operator, holds] of Object.entries(orders))
    environment.registerOperator(`Version ${operator} Version: bool`, (a: Version, b: Version) =>
      holds(compareVersions(a, b)),
    );
}

interface Checker {
  check(node: unknown, context: unknown): unknown;
  getType(name: string): unknown;
}

interface Runner {
  run(node: unknown, context: unknown): unknown;
}

function addAttempts(environment: Environment): void {
  environment.registerFunction('defined(ast): bool', ({ args }: { args: readonly unknown[] }) => ({
    typeCheck: (checker: Checker, _macro: unknown, context: unknown) => {
      checker.check(args[0], context);
      return checker.getType('bool');
    },
    evaluate: (runner: Runner, _macro: unknown, context: unknown) =>
      attempt(() => runner.run(args[0], context)) !== undefined,
    async: false,
  }));
  environment.registerFunction('default(ast, ast): dyn', ({ args }: { args: readonly unknown[] }) => ({
    typeCheck: (checker: Checker, _macro: unknown, context: unknown) => {
      args.forEach((arg) => checker.check(arg, context));
      return checker.getType('dyn');
    },
    evaluate: (runner: Runner, _macro: unknown, context: unknown) =>
      attempt(() => runner.run(args[0], context)) ?? runner.run(args[1], context),
    async: false,
  }));
}
