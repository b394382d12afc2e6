import { setFlagsFromString } from 'node:v8';

/** By Node's major version, which has its own words for it; V8 says so on standard error where it does not know a flag. */
const flags: Readonly<Record<string, string>> = {
  20: '--interrupt-budget=1000000',
  22: '--invocation-count-for-turbofan=30000',
};

/**
 * Lets V8 optimize only what is hot for long. By default a run of two seconds spends a quarter of its CPU on optimizing,
 * in threads that take it from the connections, and is over before that pays.
 */
export function optimizeLater(): void {
  const flag = flags[process.versions.node.split('.')[0] ?? ''];
  if (flag !== undefined) setFlagsFromString(flag);
}
