import { type ReturnCode, returnCodes } from './returns.ts';

/** What becomes of a return code; a number jumps over so many modules. */
export type Action = 'ignore' | 'ok' | 'done' | 'bad' | 'die' | 'reset' | number;

/** What a line does with each return code. */
export type Actions = Readonly<Record<ReturnCode, Action>>;

/** The controls that are words, as libpam spells them out (pam.conf(5)). */
const words: ReadonlyMap<string, string> = new Map([
  ['required', 'success=ok new_authtok_reqd=ok ignore=ignore default=bad'],
  ['requisite', 'success=ok new_authtok_reqd=ok ignore=ignore default=die'],
  ['optional', 'success=ok new_authtok_reqd=ok default=ignore'],
  ['sufficient', 'success=done new_authtok_reqd=done default=ignore'],
]);

const names = [...returnCodes, 'default'] as const;
const actions = ['ignore', 'ok', 'done', 'bad', 'die', 'reset'] as const;

/** All codes are bad: what libpam makes of a control that it cannot read. */
export const allBad: Actions = everything('bad');

/** What a control means, be it a word or the text within brackets; `default` alone fills what is not said. */
export function actionsOf(control: string): Actions {
  return readActions(words.get(control.toLowerCase()) ?? control) ?? allBad;
}

/** Whether libpam can read a control. */
export function isControl(control: string): boolean {
  return words.has(control.toLowerCase()) || readActions(control) !== null;
}

/** How many modules a control jumps over, for each return code that does. */
export function jumpsOf(control: string): readonly number[] {
  return Object.values(actionsOf(control)).filter((action) => typeof action === 'number');
}

function readActions(text: string): Actions | null {
  const found: Partial<Record<ReturnCode, Action>> = {};
  const setDefault = (action: Action) => {
    for (const code of returnCodes) found[code] ??= action;
  };
  let rest = text.trimStart();
  while (rest !== '') {
    const name = names.find((one) => rest.startsWith(one));
    if (name === undefined) return null;
    rest = rest.slice(name.length).trimStart();
    if (!rest.startsWith('=')) return null;
    rest = rest.slice(1).trimStart();
    const word = actions.find((one) => rest.startsWith(one));
    const digits = /^[0-9]+/.exec(rest)?.[0];
    if (word === undefined && (digits === undefined || Number(digits) === 0)) return null;
    const action = word ?? Number(digits);
    rest = rest.slice((word ?? digits ?? '').length).trimStart();
    if (name === 'default') setDefault(action);
    else found[name] = action;
  }
  setDefault('bad');
  return found as Actions;
}

function everything(action: Action): Actions {
  return Object.fromEntries(returnCodes.map((code) => [code, action])) as Record<ReturnCode, Action>;
}
