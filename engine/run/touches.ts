import type { Key } from '../contract/fact.ts';

/** Whether a change that touches `touched` may alter what `key` tells; a path is altered with its ancestors, `below` with all in it. */
export function overlaps(touched: readonly Key[] | '*', key: Key): boolean {
  if (touched === '*') return true;
  if (key.startsWith('below:')) {
    const top: Key = `path:${key.slice('below:'.length)}`;
    return touched.some((other) => other === top || isAncestor(other, top) || isAncestor(top, other));
  }
  return touched.some((other) => other === key || isAncestor(other, key));
}

/** Whether two changes may not be made on answers from before the first. */
export function collide(first: readonly Key[] | '*', second: readonly Key[] | '*'): boolean {
  if (first === '*' || second === '*') return true;
  return second.some((key) => overlaps(first, key)) || first.some((key) => overlaps(second, key));
}

function isAncestor(ancestor: Key, key: Key): boolean {
  if (!ancestor.startsWith('path:') || !key.startsWith('path:')) return false;
  return key.startsWith(ancestor === 'path:/' ? ancestor : `${ancestor}/`);
}
