import { verrevcmp } from '../contract/dpkg_version.ts';
import { rpmvercmp } from '../contract/rpm_version.ts';

/** A version that can be ordered: `[epoch:]version[-release]` of rpm and deb, or a semantic version. */
export class Version {
  readonly text: string;
  /** Whose rules order it: rpm's, unless dpkg's are asked for. */
  readonly rules: 'rpm' | 'dpkg';
  readonly epoch: number;
  readonly version: string;
  readonly release: string | null;

  constructor(text: string, rules: 'rpm' | 'dpkg' = 'rpm') {
    this.text = text;
    this.rules = rules;
    const [, epoch, rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(text.trim()) ?? [];
    // `1.0.0-rc.1` comes before `1.0.0`, which rpm and deb write as `1.0.0~rc.1`.
    const plain = rest.replace(/^v(?=\d)/, '').replace(/-(?=(alpha|beta|rc|pre|dev|snapshot)\b)/i, '~');
    const dash = plain.lastIndexOf('-');
    this.epoch = Number(epoch ?? 0);
    this.version = dash < 0 ? plain : plain.slice(0, dash);
    this.release = dash < 0 ? null : plain.slice(dash + 1);
  }
}

/**
 * Orders two versions: negative, zero or positive. A release counts only where both have one, as in rpm's dependencies.
 * dpkg's rules hold where either of the two asks for them.
 */
export function compareVersions(a: Version, b: Version): number {
  if (a.epoch !== b.epoch) return a.epoch - b.epoch;
  const compare = a.rules === 'dpkg' || b.rules === 'dpkg' ? verrevcmp : rpmvercmp;
  const order = compare(a.version, b.version);
  if (order !== 0 || a.release === null || b.release === null) return order;
  return compare(a.release, b.release);
}
