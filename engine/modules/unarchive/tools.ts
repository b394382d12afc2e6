import { CannotPlan } from '../../contract/change.ts';
import { askScript, map, type Probe } from '../../contract/probe.ts';
import type { ArchiveFormat } from '../../contract/schema.ts';
import { sh } from '../../shell/script.ts';

/** Which programs a host has that unpack; `gnu` says that its tar is GNU's, which calls others for each compression. */
export interface Tools {
  readonly names: ReadonlySet<string>;
}

const programs = ['tar', 'gzip', 'bzip2', 'xz', 'zstd', 'unzip'];

/** Asks which of them there are. */
export function askTools(): Probe<Tools> {
  const script = sh`for p in ${programs}; do if command -v "$p" >/dev/null; then echo "$p"; fi; done
case $(tar --version 2>&1 </dev/null) in *'GNU tar'*) echo gnu;; esac`;
  const about = programs.flatMap((name) => [
    `program:${name}` as const,
    `package:${name}` as const,
    `path:/usr/bin/${name}` as const,
  ]);
  return map(askScript('unpackers', script, about), ({ output }) => ({
    names: new Set(output.split('\n').filter((name) => name !== '')),
  }));
}

/** Throws CannotPlan where the host cannot unpack a format. */
export function refuseTools({ names }: Tools, format: ArchiveFormat): void {
  const need = (name: string): void => {
    if (names.has(name)) return;
    throw new CannotPlan(`the host has no ${name}, which unpacks ${format}`, {
      missing: `package:${name}`,
      next: `install the package ${name}`,
    });
  };
  if (format === 'zip') {
    need('unzip');
    return;
  }
  need('tar');
  const program = { tar: null, 'tar.gz': 'gzip', 'tar.bz2': 'bzip2', 'tar.xz': 'xz', 'tar.zst': 'zstd' }[
    format
  ];
  if (program === null) return;
  if (names.has('gnu')) need(program);
  else if (format === 'tar.zst')
    throw new CannotPlan('the host’s tar is not GNU’s, and unpacks no zstd', {
      missing: 'package:tar',
      next: 'install the packages tar and zstd',
    });
}
