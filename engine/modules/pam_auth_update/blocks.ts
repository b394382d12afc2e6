/** The files that pam-auth-update writes: /etc/pam.d/common-TYPE, and what it wrote there in /var/lib/pam/TYPE. */
export const blockTypes = ['auth', 'account', 'password', 'session', 'session-noninteractive'] as const;
export type BlockType = (typeof blockTypes)[number];

/** What pam-auth-update would find: the profiles in force, or the place where it would refuse to go on. */
export type Found =
  | { readonly profiles: readonly string[] }
  | { readonly file: BlockType; readonly line: number | null };

/** Reads the blocks as pam-auth-update does before it changes them (diff_profiles): a line of nobody’s makes it refuse. */
export function findProfiles(texts: ReadonlyMap<BlockType, { current: string; saved: string }>): Found {
  const profiles = new Set<string>();
  for (const type of blockTypes) {
    const own = texts.get(type);
    const found = own ? profilesOf(type, own.current, savedLines(own.saved)) : { line: null };
    if ('line' in found) return { file: type, line: found.line };
    // What stands where no profile has a line of this type.
    for (const name of found.names) if (name !== 'null') profiles.add(name);
  }
  return { profiles: [...profiles].toSorted() };
}

interface SavedLine {
  readonly profile: string;
  /** Control and module, without the numbers of jumps. */
  readonly start: string;
}

/** The text that a profile has in what was written, for one type; null where it has none. */
export function savedText(saved: string, profile: string): string | null {
  let isOwn = false;
  const own: string[] = [];
  for (const row of saved.split('\n')) {
    const name = /^Module: (.*)/.exec(row)?.[1];
    if (name !== undefined) isOwn = name === profile;
    else if (isOwn && row !== '') own.push(row);
  }
  return own.length === 0 ? null : own.join('\n');
}

function savedLines(saved: string): readonly SavedLine[] {
  const found: SavedLine[] = [];
  let profile = '';
  for (const row of saved.split('\n')) {
    const name = /^Module: (.*)/.exec(row)?.[1];
    if (name !== undefined) profile = name;
    else {
      const start = /^(?:\[[^\]]+\]|\w+)\s+\S+/.exec(withoutEnds(withoutJumps(row)))?.[0];
      if (start !== undefined) found.push({ profile, start });
    }
  }
  return found;
}

const marks = [
  /^# here are the per-package modules \(the "Primary" block\)/,
  /^# here's the fallback if no module succeeds/,
  /^# and here are more per-package modules \(the "Additional" block\)/,
  /^# end of pam-auth-update config/,
];

function profilesOf(
  type: BlockType,
  current: string,
  saved: readonly SavedLine[],
): { readonly names: readonly string[] } | { readonly line: number | null } {
  const names: string[] = [];
  let passed = 0;
  let next = 0;
  for (const [index, row] of current.replace(/\n$/, '').split('\n').entries()) {
    if (marks[passed]?.test(row)) {
      passed += 1;
      if (passed === marks.length) break;
      continue;
    }
    if (passed !== 1 && passed !== 3) continue;
    const line = withoutJumps(row.replace(new RegExp(`^${type.replace(/-.*/, '')}\\s+`), ''));
    const at = saved.findIndex(({ start }, place) => place >= next && line.startsWith(start));
    if (at < 0) return { line: index + 1 };
    names.push((saved[at] as SavedLine).profile);
    next = at + 1;
  }
  return passed < 3 ? { line: null } : { names };
}

function withoutJumps(row: string): string {
  return row.replace(/(\[[^0-9]*)[0-9]+(.*\])/, '$1$2');
}

function withoutEnds(row: string): string {
  return row.replace(/(\[.*)end(.*\])/, '$1$2');
}
