import vm from 'node:vm';

/** Whether a pattern is found in a text; undefined where that takes longer than a number of milliseconds. */
export function testWithin(pattern: RegExp, text: string, limit: number): boolean | undefined {
  return within('pattern.test(text)', pattern, text, limit) as boolean | undefined;
}

/** Every place where a pattern with the flag `g` is found in a text; undefined where that takes longer than a number of milliseconds. */
export function matchesWithin(
  pattern: RegExp,
  text: string,
  limit: number,
): readonly RegExpExecArray[] | undefined {
  const found = within('[...text.matchAll(pattern)]', pattern, text, limit);
  return found === undefined ? undefined : Array.from(found as Iterable<RegExpExecArray>);
}

let context: vm.Context | undefined;
const scripts = new Map<string, vm.Script>();

// A pattern that backtracks for long can only be stopped from outside.
function within(expression: string, pattern: RegExp, text: string, limit: number): unknown {
  context ??= vm.createContext({});
  const script = scripts.get(expression) ?? new vm.Script(expression);
  scripts.set(expression, script);
  Object.assign(context, { pattern, text });
  try {
    return script.runInContext(context, { timeout: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    return undefined;
  }
}
