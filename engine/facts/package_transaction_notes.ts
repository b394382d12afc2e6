/** What notes say of the running kernel, and of package files that are at hand by "name.arch version". */
export function readNotes(notes: readonly string[]): {
  readonly running: string | undefined;
  readonly files: ReadonlyMap<string, string>;
} {
  const files = new Map<string, string>();
  let running: string | undefined;
  for (const note of notes) {
    const [word, package_ = '', version = '', ...path] = note.split(' ');
    if (word === 'running') running = package_;
    if (word === 'kept') files.set(`${package_} ${version}`, path.join(' '));
  }
  return { running, files };
}
