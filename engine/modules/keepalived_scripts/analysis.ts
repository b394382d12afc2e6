import { CannotPlan } from '../../contract/change.ts';
import { tidyPath } from '../../contract/host_path.ts';
import type { ScriptsArgs } from './arguments.ts';
import { edited } from './edits.ts';
import { type Fate, fateOf } from './fate.ts';
import type { Look, Seen } from '../../facts/keepalived.ts';
import type { KeepalivedSubject } from '../../facts/keepalived_script.ts';
import { type Move, movePaths } from './move_paths.ts';
import type { ConfigTree } from './read_lines.ts';
import { type Configuration, readAll } from './readings.ts';
import { defaultUser, scriptUserOf } from './run_as.ts';
import { isSecured, securityEdits, wantedSecurity } from './security_edits.ts';
import { targetsOf } from './targets.ts';
import { hostText, treeOf } from './tree_of.ts';
import type { Use } from './uses.ts';

/** A script that is to be in the directory. */
export interface Placing {
  readonly script: Seen;
  readonly target: string;
}

/** What a configuration is and what it is to become. */
export interface Analysis {
  readonly config: string;
  readonly directory: string;
  readonly before: ConfigTree;
  readonly after: ConfigTree;
  /** As it is read before, and after. */
  readonly now: readonly Configuration[];
  readonly then: readonly Configuration[];
  readonly placings: readonly Placing[];
  /** Uses that stay where they are although their script moves. */
  readonly stuck: readonly Use[];
  readonly fates: readonly {
    readonly use: Use;
    readonly configuration: Configuration;
    readonly fate: Fate;
  }[];
}

/** Where the configuration is, and where the scripts are to be. */
export function placesIn(args: ScriptsArgs): KeepalivedSubject {
  return {
    user: args.script_user?.split(' ')[0] ?? 'root',
    config: tidyPath(args.config ?? '/etc/keepalived/keepalived.conf'),
    directory: tidyPath(args.directory ?? '/usr/libexec/keepalived'),
  };
}

/** Works everything out; pure. Throws CannotPlan where the configuration cannot be read or brought about. */
export function analyse(args: ScriptsArgs, look: Look): Analysis {
  const { config, directory } = placesIn(args);
  const before = treeOf(config, look);
  if (before.files[0]?.text === null) throw unreadable(config, look);
  const now = readAll(before, look.node);
  const fates = now.flatMap((configuration) =>
    configuration.uses.map((use) => ({ use, configuration, fate: fateOf(use, look, args, directory) })),
  );
  const moving = fates.flatMap(({ fate }) => (fate.kind === 'moves' ? [fate.script] : []));
  const targets = targetsOf(moving, look, directory);
  const moveOf = (use: Use): Move | undefined => {
    const fate = fateOf(use, look, args, directory);
    const path = fate.kind === 'moves' ? targets.get(fate.script.path) : undefined;
    return fate.kind === 'moves' && path !== undefined ? { path, drops: fate.drops } : undefined;
  };
  const moved = movePaths(before, look.node, moveOf);
  const after = secured(args, moved.tree, look);
  const then = readAll(after, look.node);
  const named = new Set(then.flatMap(({ uses }) => uses.map(({ words }) => hostText(words[0]?.chars ?? ''))));
  const placings = [...targets]
    .filter(([, target]) => named.has(target))
    .map(([path, target]) => ({ script: moving.find((one) => one.path === path) as Seen, target }));
  return { config, directory, before, after, now, then, placings, stuck: moved.stuck, fates };
}

function secured(args: ScriptsArgs, tree: ConfigTree, look: Look): ConfigTree {
  const all = readAll(tree, look.node);
  const wanted = wantedSecurity(args, all, look);
  const user = wanted.user?.split(' ')[0];
  if (user !== undefined && user !== 'root' && !look.users.has(user) && !/^\d+$/.test(user)) {
    throw new CannotPlan(`there is no user ${user} for script_user`, {
      missing: `user:${user}`,
      next: 'make the user first',
    });
  }
  const made = edited(tree, securityEdits(tree, all, wanted));
  const then = readAll(made, look.node);
  const isGood = then.every((one) => {
    const words = (scriptUserOf(one)?.words ?? [])
      .slice(1)
      .map((word) => word.chars)
      .join(' ');
    return isSecured(one) === wanted.secured && (wanted.user === undefined || words === wanted.user);
  });
  if (isGood) return made;
  throw new CannotPlan('enable_script_security and script_user cannot be set safely in this configuration', {
    next: `set them by hand in global_defs before the first script (without ${defaultUser} or script_user, keepalived drops scripts)`,
  });
}

function unreadable(config: string, look: Look): CannotPlan {
  const seen = look.seen.find(({ path }) => path === config);
  if (seen?.bytes) return new CannotPlan(`${config} cannot be read`);
  return new CannotPlan(
    seen ? `${config} is no file of up to 16 MiB that can be read` : `there is no ${config}`,
    seen ? {} : { missing: `path:${config}`, next: 'is keepalived configured elsewhere? say config' },
  );
}
