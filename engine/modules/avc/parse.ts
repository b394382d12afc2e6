/** Something that SELinux denied, or would have denied were it not permissive. */
export interface Denial {
  /** Who says so: the kernel, or a program that asks the policy itself (systemd, dbus). */
  readonly by: 'kernel' | 'program';
  /** Seconds since 1970, and the number of the event: together they name it. */
  readonly time: number;
  readonly serial: number;
  /** What was wanted: "execute", "read". */
  readonly perms: readonly string[];
  readonly scontext: string;
  readonly tcontext: string;
  readonly stype: string;
  readonly ttype: string;
  readonly tclass: string;
  readonly comm: string | null;
  readonly path: string | null;
  readonly name: string | null;
  readonly pid: number | null;
  /** It was let through; null where an old kernel does not say. */
  readonly permissive: boolean | null;
}

/**
 * Reads AVC and USER_AVC records, one a line, as audit and the kernel's log have them (audit-userspace's
 * audit-event-attributes, security/selinux/avc.c). What was granted is passed over, as is any other record.
 */
export function parseAvc(text: string): readonly Denial[] {
  return text.split('\n').flatMap((line) => {
    // Records in the enriched form go on behind this byte, with names for numbers.
    const raw = line.split('\x1d')[0] ?? '';
    const denial = readRecord(raw);
    return denial ? [denial] : [];
  });
}

function readRecord(line: string): Denial | null {
  const [, time, serial] = /\baudit\((\d+\.\d+):(\d+)\):/.exec(line) ?? [];
  const [, perms, rest] = /avc: {1,2}denied {1,2}\{ ([^}]*) \} for (.*)$/.exec(line) ?? [];
  if (time === undefined || perms === undefined || rest === undefined) return null;
  const value = (name: string) => fieldOf(rest, name);
  const [scontext, tcontext, tclass] = [value('scontext'), value('tcontext'), value('tclass')];
  if (scontext === null || tcontext === null || tclass === null) return null;
  const permissive = value('permissive');
  const pid = value('pid') ?? value('spid');
  return {
    by: /\btype=(USER_AVC|1107)\b/.test(line) ? 'program' : 'kernel',
    time: Number(time),
    serial: Number(serial),
    perms: perms.split(/\s+/).filter(Boolean),
    scontext,
    tcontext,
    stype: scontext.split(':')[2] ?? scontext,
    ttype: tcontext.split(':')[2] ?? tcontext,
    tclass,
    comm: textOf(rest, 'comm'),
    path: textOf(rest, 'path'),
    name: textOf(rest, 'name'),
    pid: pid !== null && /^\d+$/.test(pid) ? Number(pid) : null,
    permissive: permissive === null ? null : permissive === '1',
  };
}

function fieldOf(text: string, name: string): string | null {
  return new RegExp(`(?:^|\\s)${name}=([^\\s']+)`).exec(text)?.[1] ?? null;
}

// What a user may have chosen is in quotes, or in hexadecimal where it holds blanks, quotes or other such bytes.
function textOf(text: string, name: string): string | null {
  const [, quoted, bare] = new RegExp(`(?:^|\\s)${name}=(?:"([^"]*)"|(\\S+))`).exec(text) ?? [];
  if (quoted !== undefined) return quoted;
  if (bare === undefined || bare === '(null)') return null;
  return /^(?:[0-9A-F]{2})+$/.test(bare) ? Buffer.from(bare, 'hex').toString('utf8') : bare;
}
