import type { Boot } from '../../facts/boot.ts';
import { defaultRelease, installedReleases, nextRelease } from './standing.ts';

/** Kernels that could go, oldest first: neither the one that runs nor the default nor the one that is booted next. */
export function removable(boot: Boot): readonly { readonly release: string; readonly kilobytes: number }[] {
  const stays = [boot.running, defaultRelease(boot), nextRelease(boot)];
  return installedReleases(boot)
    .filter((release) => !stays.includes(release))
    .map((release) => ({
      release,
      kilobytes: boot.images.find((image) => image.release === release)?.kilobytes ?? 0,
    }));
}
