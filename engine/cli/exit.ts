import type { HostStatus } from '../run/events.ts';

/** The exit statuses of fettle; `README.md` explains them to users. */
export const exitStatus = {
  fine: 0,
  /** The command line or a file is wrong; no host was touched. */
  refused: 1,
  failed: 2,
  /** Changes are pending (`--check --exit-code`). */
  pending: 3,
  unreachable: 4,
  interrupted: 130,
} as const;

/** What a run's hosts come to: a failure weighs more than a host that could not be reached. */
export function statusOf(
  hosts: readonly { readonly status: HostStatus }[],
  options: { readonly interrupted: boolean; readonly pendingCounts: boolean },
): number {
  if (options.interrupted || hosts.some((host) => host.status === 'interrupted'))
    return exitStatus.interrupted;
  if (hosts.some((host) => host.status === 'failed')) return exitStatus.failed;
  if (hosts.some((host) => host.status === 'unreachable')) return exitStatus.unreachable;
  if (options.pendingCounts && hosts.some((host) => host.status === 'changed')) return exitStatus.pending;
  return exitStatus.fine;
}
