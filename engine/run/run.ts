import type { Fact } from '../contract/fact.ts';
import type { Play, Playbook } from '../load/playbook.ts';
import type { ValueTemplate } from '../template/template.ts';
import type { RunContext } from './context.ts';
import { Fleet } from './fleet.ts';
import type { Host } from './host.ts';
import { runPlay } from './run_play.ts';

/** All that a run needs besides what its hosts share. */
export interface RunRequest {
  readonly context: RunContext;
  readonly playbooks: readonly Playbook[];
  /** The hosts of a play, in inventory order, the limit applied. */
  readonly hostsOf: (play: Play) => readonly string[];
  readonly inventoryOf: (host: string) => ReadonlyMap<string, ValueTemplate>;
  readonly extra: ReadonlyMap<string, ValueTemplate>;
  readonly groupsOf: (host: string) => readonly string[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly inventoryFolder: string;
  readonly hostFacts: Readonly<Record<string, Fact<undefined, unknown>>>;
  /** What `--tags` and `--skip-tags` said. */
  /** Handlers that are due from the start, by name; `undo` has them run again. */
  readonly due?: (play: Play, host: string) => readonly string[];
  readonly tags: { readonly only: readonly string[]; readonly skip: readonly string[] };
}

/** Runs playbooks over their hosts; events tell how it goes. Gives every selected host as it stands at the end. */
export async function runPlaybooks(request: RunRequest): Promise<readonly Host[]> {
  const { hosts, error } = await runPlays(request);
  for (const host of hosts) tellEnd(request.context, host, await host.sends());
  if (error) throw error.cause;
  return hosts;
}

/** The same without telling how each host ended. */
export async function runPlays(
  request: RunRequest,
): Promise<{ hosts: readonly Host[]; error?: { cause: unknown } }> {
  const { playbooks } = request;
  const plays = playbooks.flatMap((playbook) => playbook.plays.map((play) => ({ playbook, play })));
  const fleet = new Fleet(
    plays.map(({ play }) => play),
    request.hostsOf,
    request.inventoryOf,
  );
  try {
    for (const { playbook, play } of plays) {
      if ((await runPlay(request, playbook, play, fleet)) !== undefined) break;
    }
    return { hosts: fleet.selected };
  } catch (cause) {
    // What the hosts came to is told before a fault of the run itself.
    return { hosts: fleet.selected, error: { cause } };
  } finally {
    await fleet.leave();
  }
}

function tellEnd({ emit }: RunContext, host: Host, sends: number): void {
  const message = host.error?.message ?? host.blockedBy;
  emit({
    event: 'host_ended',
    host: host.name,
    status: host.status,
    counts: host.counts,
    owes: host.owes,
    ...(message === undefined ? {} : { message }),
    sends,
  });
}
