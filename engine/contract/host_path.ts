/** A path on a host without doubled, `.` and trailing slashes; `..` stays, since links may make it mean anything. */
export function tidyPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `/${parts.join('/')}`;
}

/** The directory that holds a tidy path; `/` holds itself. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** The last name of a tidy path; empty for `/`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** All directories above a tidy path, the nearest first, without `/`. */
export function ancestorsOf(path: string): string[] {
  const above: string[] = [];
  for (let at = parentOf(path); at !== '/'; at = parentOf(at)) above.push(at);
  return above;
}

/** Whether a tidy path lies below another. */
export function isBelow(path: string, ancestor: string): boolean {
  return path !== ancestor && path.startsWith(ancestor === '/' ? '/' : `${ancestor}/`);
}

/** A name within a directory. */
export function joinPath(directory: string, name: string): string {
  return tidyPath(`${directory}/${name}`);
}
