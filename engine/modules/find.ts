import { CannotPlan } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { ask } from '../contract/probe.ts';
import { type FindArgs, findArguments, listOf } from './find/arguments.ts';
import { matcherOf } from './find/match.ts';
import { describeEntry } from './find/result.ts';
import { type Walked, walked } from './find/walk.ts';

/** Files and folders by name, age, size and content, for `register`. */
export const find: Module<FindArgs, Walked> = {
  kind: 'resource',
  tells: true,
  name: 'find',
  summary: 'Tells which files or directories lie below paths; changes nothing.',
  args: findArguments,
  notes: [
    '`contains` is a POSIX extended regular expression (`grep -E`) that a line must have somewhere; Ansible’s is Python’s, and begins with the line.',
    'With `use_regex`, `patterns` and `excludes` are JavaScript’s regular expressions and begin with the name, as Ansible’s do.',
    'A name that is no UTF-8 is shown with replacement characters; `path_base64` then has its bytes.',
    'What may not be read is passed over; a path that is no directory is in `skipped_paths`.',
    'In check mode it sees the host as it is, not what earlier steps would make of the folders.',
  ],
  probe(args) {
    if (args.contains?.match(/[\n\0]/))
      throw new CannotPlan('`contains` is matched line by line: it cannot hold a line end or NUL');
    if (listOf(args.paths).some((path) => path.includes('\0')))
      throw new CannotPlan('a path holds a NUL byte');
    // A pattern that is none is said before the host is asked.
    matcherOf(args, 0);
    return ask(walked, args);
  },
  plan(_args, { badRegex }) {
    if (badRegex) throw new CannotPlan('`contains` is no POSIX extended regular expression');
    return [];
  },
  result(args, { now, entries, containing, skipped }) {
    const isMatch = matcherOf(args, now);
    const found = entries.filter(
      (entry) => isMatch(entry) && (args.contains === undefined || containing.has(entry.path)),
    );
    return {
      files: found.map(describeEntry),
      matched: found.length,
      examined: entries.length,
      skipped_paths: Object.fromEntries(skipped.map((path) => [path, 'is no directory'])),
    };
  },
};
