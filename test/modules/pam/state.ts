import type { Attributes } from '../../../engine/facts/attributes.ts';
import type { PamFiles } from '../../../engine/facts/pam_files.ts';
import type { PamState } from '../../../engine/modules/pam.ts';
import { configurationOf, type Fixture, hostWithout } from '../../facts/pam/fixtures.ts';

const file: Attributes = {
  kind: 'file',
  mode: '0644',
  uid: 0,
  gid: 0,
  owner: 'root',
  group: 'root',
  size: 1,
  mtime: 1,
  inode: '1',
  device: '1',
  links: 1,
  label: null,
};

/** A host with the given service files, as the questions of `pam` would find it. */
export function stateOf(
  files: Fixture['files'],
  path: string,
  gone: readonly string[] = [],
  writers: PamFiles['writers'] = [],
): PamState {
  const configuration = configurationOf({ source: '', files });
  const reals = Object.fromEntries(
    Object.entries(files).flatMap(([name, entry]) => (typeof entry === 'string' ? [] : [[name, entry.link]])),
  );
  const real = reals[path];
  const text = configuration.texts[path];
  return {
    edit: {
      at: real === undefined ? file : { ...file, kind: 'link', target: real, real, followed: file },
      now:
        typeof text === 'string' ? { kind: 'text', bytes: Buffer.from(text, 'latin1') } : { kind: 'absent' },
      above: { path: '/etc/pam.d', at: { ...file, kind: 'directory' }, missing: [], setGroup: false },
    },
    files: {
      ...configuration,
      reals,
      modules: [...(hostWithout(...gone).modules ?? [])],
      faillockConf: null,
      writers,
    },
  };
}
