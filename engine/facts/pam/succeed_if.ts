import type { Model } from './modules.ts';

/** What an ordinary user's number is taken to be: UID_MIN of EL6 was 500, of all others 1000. */
const ordinary = 1000;

/** pam_succeed_if: all conditions must hold (pam_succeed_if(8)); what hangs on groups, shells or hosts may hold or not. */
export const succeedIf: Model = ({ args, attempt }) => {
  const { user, service } = attempt;
  const words = args.filter((word) => !flags.has(word));
  if (args.includes('use_uid')) return ['success', 'auth_err'];
  let isOpen = false;
  for (let at = 0; at < words.length; at += 3) {
    const [left = '', test = '', right = ''] = words.slice(at, at + 3);
    if (user === 'unknown' && left !== 'user' && left !== 'service') return 'user_unknown';
    const holds = isTrue(left, test, right, user, service);
    if (holds === false) return 'auth_err';
    isOpen ||= holds === null;
  }
  return isOpen ? ['success', 'auth_err'] : 'success';
};

const flags: ReadonlySet<string> = new Set([
  'debug',
  'use_uid',
  'quiet',
  'quiet_fail',
  'quiet_success',
  'audit',
]);

/** Whether a condition holds; null where that is not known. */
function isTrue(left: string, test: string, right: string, user: string, service: string): boolean | null {
  if (left === 'uid' || left === 'gid') return compared(user === 'root' ? 0 : ordinary, test, right);
  if (left === 'service') return matched(service, test, right);
  if (left === 'user') return user === 'root' || right === 'root' ? matched(user, test, right) : null;
  return null;
}

function compared(number: number, test: string, right: string): boolean | null {
  const limit = Number(right);
  // Between 0 and an ordinary number there are others, which no attempt is made with.
  switch (test) {
    case 'eq':
    case '=':
      return limit !== 0 && number !== 0 ? null : number === limit;
    case 'ne':
    case '!=':
      return limit !== 0 && number !== 0 ? null : number !== limit;
    case 'lt':
    case '<':
      return number < limit;
    case 'le':
    case '<=':
      return number <= limit;
    case 'gt':
    case '>':
      return number > limit;
    case 'ge':
    case '>=':
      return number >= limit;
    default:
      return null;
  }
}

function matched(text: string, test: string, right: string): boolean | null {
  switch (test) {
    case '=':
      return /[*?[]/.test(right) ? null : text === right;
    case '!=':
      return /[*?[]/.test(right) ? null : text !== right;
    case 'in':
      return right.split(':').includes(text);
    case 'notin':
      return !right.split(':').includes(text);
    default:
      return null;
  }
}
