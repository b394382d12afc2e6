const assignment =
  /(\bansible_\w*(?:pass|password|passphrase)["']?\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,}]+)/g;
const mask = '********';

/** Whether a variable holds a password whatever its value. */
export function isPasswordName(name: string): boolean {
  return /^ansible_.*(pass|password|passphrase)$/.test(name);
}

/** A line of a file as it may be shown with a mistake that is in it. */
export function maskPasswords(text: string): string {
  return text.replace(assignment, `$1${mask}`);
}

/** Variables as they may be shown, at any depth. */
export function withoutPasswords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPasswords);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      isPasswordName(name) && each !== null ? mask : withoutPasswords(each),
    ]),
  );
}
