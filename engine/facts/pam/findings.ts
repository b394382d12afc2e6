import { attempts, type AttemptName } from './attempt.ts';
import { type Evaluation, nameOfLine, rankOf } from './evaluate.ts';
import { isPasswordModule, moduleFile } from './modules.ts';
import type { Handler } from './stack.ts';

/** What is wrong with a service's stacks. */
export type FindingKind =
  | 'broken'
  | 'total lock-out'
  | 'root locked out'
  | 'remote users locked out'
  | 'everybody admitted'
  | 'lock never enforced'
  | 'failures never counted'
  | 'counter never reset'
  | 'never reached'
  | 'module not installed';

export interface Finding {
  readonly kind: FindingKind;
  /** The line that is to blame, where there is one. */
  readonly line: Handler | null;
  /** One sentence. */
  readonly says: string;
}

/** What is wrong with a service, the worst first: the judgement of a stack in words. */
export function findingsOf(evaluation: Evaluation): readonly Finding[] {
  const { stacks, outcomes, service } = evaluation;
  if (stacks.broken !== null)
    return [{ kind: 'broken', line: null, says: `nobody gets into ${service}: ${stacks.broken}` }];
  const found: Finding[] = [];
  const about = (kind: FindingKind, name: AttemptName, says: string) => {
    const { line } = outcomes[name].by;
    const at = line ? `: ${nameOfLine(line)}` : '';
    found.push({ kind, line, says: `${says}${at}` });
  };
  const isOut = (name: AttemptName) => outcomes[name].admitted === 'no';
  if (isOut('right')) about('total lock-out', 'right', 'the right password is refused');
  if (isOut('root') && !isOut('right')) about('root locked out', 'root', 'root is refused');
  const lines = [...stacks.stacks.auth, ...stacks.stacks.account];
  const asksDirectory = lines.some((line) => isDirectory(line) && !evaluation.dangling.includes(line));
  if (asksDirectory && isOut('remote') && !isOut('right'))
    about('remote users locked out', 'remote', 'users of SSSD, LDAP or winbind are refused');
  const wrong = (Object.keys(attempts) as AttemptName[]).filter(
    (name) => attempts[name].password === 'wrong',
  );
  const open = wrong.find((name) => outcomes[name].admitted === 'yes');
  if (open) about('everybody admitted', open, 'a wrong password is admitted');
  const isLocking = lines.some(isLocker);
  if (isLocking && !isOut('right')) {
    // Who needs no password is not held by a lock either.
    if (rankOf(outcomes.locked.admitted) > rankOf(outcomes.wrong.admitted))
      about('lock never enforced', 'locked', 'a locked user gets in with the right password');
    if (outcomes.wrong.counts === 'no') about('failures never counted', 'wrong', 'no failure is counted');
    if (outcomes.right.resets === 'no')
      found.push({ kind: 'counter never reset', line: null, says: 'no success sets the counter back' });
  }
  for (const line of evaluation.dangling.filter(({ silent }) => !silent))
    found.push({
      kind: 'module not installed',
      line,
      says: `${nameOfLine(line)}: the module is not installed`,
    });
  for (const line of evaluation.unreached.filter((one) => isLocker(one) || isPasswordModule(one.module)))
    found.push({ kind: 'never reached', line, says: `${nameOfLine(line)} is never reached` });
  for (const line of evaluation.unreachedByLocal.filter(isLocker))
    if (!evaluation.unreached.includes(line))
      found.push({
        kind: 'never reached',
        line,
        says: `${nameOfLine(line)} is never reached by local users`,
      });
  return found;
}

function isDirectory({ module }: Handler): boolean {
  return /^pam_(?:sss|ldap|ldapd|winbind|krb5)\.so$/.test(moduleFile(module));
}

function isLocker({ module }: Handler): boolean {
  return /^pam_(?:faillock|tally2?)\.so$/.test(moduleFile(module));
}
