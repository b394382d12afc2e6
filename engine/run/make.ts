import type { Blob, Change, StampedChange } from '../contract/change.ts';
import type { Key } from '../contract/fact.ts';
import { entryFolder, isUnjournalled, journalled } from '../journal/host_journal.ts';
import type { Task } from '../load/playbook.ts';
import { Secret } from '../shell/secret.ts';
import type { ActFrame, FrameResult, Staged } from '../transport/transport.ts';
import { defaultTimeout } from './context.ts';
import type { ChangeStarted } from './events.ts';
import { environmentOf } from './environment.ts';
import { act } from './exchange.ts';
import { recordedName } from './handlers.ts';
import { expand, lookAhead } from './lookahead.ts';
import { changeEnded, changeStarted, recorded } from './made_changes.ts';
import type { PlayState } from './play_state.ts';
import { asResource, assemble } from './seen.ts';
import { allHold, standingOf } from './standing.ts';
import { collide, overlaps } from './touches.ts';
import { underway } from './underway.ts';
import type { Made, MakingFailure, Prepared, Unit } from './unit.ts';
import type { TaskWork } from './works.ts';

const mostChanges = 100;
const mostBytes = 1024 * 1024;

/** A unit that goes into a send, with what it was planned from. */
interface Member {
  readonly unit: Unit;
  readonly changes: readonly StampedChange[];
  readonly before: unknown;
  readonly numbers: readonly number[];
}

/**
 * Makes a unit's changes, and with them those of its neighbours that touch only paths, none of them in common:
 * one send journals, changes, and asks the whole rest anew. Neighbours keep what became of them in `made`.
 */
export async function make(
  state: PlayState,
  unit: Unit,
  changes: readonly Change[],
  before: unknown,
): Promise<Made> {
  const members = group(state, unit, changes, before);
  const prepared = unit.prepared as Prepared;
  const { identity } = prepared;
  const session = await state.session();
  const userName = identity.become?.user ?? session.user;
  const environment = environmentOf(unit);
  const folder = entryFolder(state.context.run, state.context.nextEntry(), userName === 'root');
  announce(state, members, folder.text);
  const numbered = members.flatMap(({ unit: one, changes: own, numbers }) =>
    own.map((change, index) => ({
      number: numbers[index] as number,
      change: { ...change, what: recorded(one, change.what) },
    })),
  );
  const touched = numbered.some(({ change }) => change.opaque)
    ? '*'
    : allTouched(numbered.map(({ change }) => change));
  const asked = await lookAhead(state, {
    current: unit,
    anew: identity,
    changing: members.map((member) => member.unit.work.task),
    hostFacts: touched === '*',
  });
  const frame: ActFrame = {
    kind: 'act',
    name: prepared.module.name,
    script: journalled(folder, `run ${state.context.run}, host ${state.target.name}`, numbered),
    timeout: unit.work.task.timeout ?? defaultTimeout,
    staged: numbered.flatMap(({ number, change }) => stage(number, change.sends ?? [])),
    environment,
  };
  const what = changes.map((change) => change.what).join(', ');
  const result = await underway(state, unit, what, () => act(state, identity, frame, asked, touched));
  const ended = readProgress(result);
  for (const member of members) {
    // Other items of its task still have their turn.
    const behind = members.filter((other) => other === member || other.unit.work !== member.unit.work);
    const made = outcomeOf(
      member,
      ended,
      result,
      behind.flatMap((other) => notEnded(other, ended)),
    );
    if (isBegun(member, ended) || member.unit === unit) member.unit.made = made;
    // Its turn comes again, with a plan on a fresh look, if the play goes on.
    else changeEnded(state, member.unit, false);
  }
  return unit.made as Made;
}

/** The staged files of a change, as `sent(n)` names them. */
export function stage(number: number, blobs: readonly Blob[]): readonly Staged[] {
  return blobs.map((blob, index) => ({
    name: `${number}.${index}`,
    data: blob.kind === 'bytes' ? blob.bytes : { path: blob.path, size: blob.size },
  }));
}

function group(state: PlayState, unit: Unit, changes: readonly Change[], before: unknown): readonly Member[] {
  let next = 1;
  const member = (one: Unit, own: readonly Change[], seen: unknown): Member => {
    const { digest } = assembleKnown(state, one);
    const stamped = own.map((change) => ({ ...change, digest }));
    return { unit: one, changes: stamped, before: seen, numbers: own.map(() => next++) };
  };
  const members = [member(unit, changes, before)];
  if (!onlyPaths(changes) || !mayShare(unit.work.task)) return members;
  const touched = changes.flatMap((change) => change.touches as readonly Key[]);
  let bytes = weight(changes);
  for (const other of neighbours(state, unit)) {
    const plan = planNeighbour(state, unit, other, touched);
    if (!plan) break;
    bytes += weight(plan.changes);
    if (next > mostChanges || bytes > mostBytes) break;
    if (plan.changes.length === 0) continue;
    members.push(member(other, plan.changes, plan.before));
    touched.push(...plan.changes.flatMap((change) => change.touches as readonly Key[]));
  }
  return members;
}

/** A task whose changes may go with others: nothing of its own decides over time limit, failure or surroundings. */
function mayShare(task: Task): boolean {
  const { timeout, failedWhen, checkMode, until, retries, runOnce, delegateTo, throttle } = task;
  const own = [timeout, failedWhen, checkMode, until, retries, runOnce, delegateTo, throttle];
  const { pause } = task.loopControl;
  return task.environment.length === 0 && pause === undefined && own.every((one) => one === undefined);
}

/** The units that follow, as far as they are sure to run and only keep files. */
function* neighbours(state: PlayState, unit: Unit): Generator<Unit> {
  for (let index = state.at; index < state.works.length; index += 1) {
    const work = state.works[index];
    // Beyond the section of a block a failure would lead elsewhere.
    if (work?.kind !== 'task' || work.path.at(-1) !== unit.work.path.at(-1)) return;
    if ((state.isLinear || unit.work.isFailing) && work !== unit.work) return;
    const { task } = work;
    if (task.module.kind !== 'resource' || !mayShare(task)) return;
    const references = [...task.when.flatMap((when) => when.references), ...(task.loop?.references ?? [])];
    const scope = state.scopeOf(work);
    const { loopVar, indexVar } = task.loopControl;
    const isSure =
      standingOf(
        references.filter(({ root }) => ![loopVar, indexVar, 'ansible_loop'].includes(root)),
        scope,
        state.horizon(index),
      ).kind === 'ready';
    const units = isSure ? following(state, work, unit) : undefined;
    if (!units) return;
    yield* units;
  }
}

/** The units of a work that come after one and will run, or undefined where that cannot be told. */
function following(state: PlayState, work: TaskWork, unit: Unit): readonly Unit[] | undefined {
  try {
    const units = expand(state, work);
    return units
      .slice(units.indexOf(unit) + 1)
      .filter((other) => !other.done && allHold(work.task.when, other.scope, 'when'));
  } catch {
    // A mistake counts when its task is reached.
    return undefined;
  }
}

/** A neighbour's changes, or undefined where it must wait for its own turn. */
function planNeighbour(state: PlayState, unit: Unit, other: Unit, touched: readonly Key[]) {
  const { prepared } = other;
  if (!prepared || prepared.identity.key !== unit.prepared?.identity.key) return undefined;
  const questions = prepared.probe?.questions ?? [];
  if (questions.some(({ fact, subject }) => fact.about(subject).some((key) => overlaps(touched, key))))
    return undefined;
  try {
    const seen = assemble(state, other);
    if (!seen) return undefined;
    const changes = asResource(prepared).plan(prepared.args, seen.state as never);
    if (!onlyPaths(changes) || changes.some((change) => collide(touched, change.touches))) return undefined;
    return { changes, before: seen.state };
  } catch {
    // Whatever is wrong with a neighbour is said when it is reached.
    return undefined;
  }
}

function onlyPaths(changes: readonly Change[]): boolean {
  return changes.every(
    ({ touches, opaque }) => !opaque && touches !== '*' && touches.every((key) => key.startsWith('path:')),
  );
}

function weight(changes: readonly Change[]): number {
  let bytes = 0;
  for (const blob of changes.flatMap((change) => change.sends ?? [])) {
    if (blob.kind === 'file') bytes += blob.size;
    else bytes += blob.bytes instanceof Secret ? blob.bytes.reveal().length : blob.bytes.length;
  }
  return bytes;
}

function announce(state: PlayState, members: readonly Member[], folder: string): void {
  for (const { unit, changes, numbers } of members) {
    const { identity, probe } = unit.prepared as Prepared;
    const impossible = changes
      .map(({ undo }) => ('impossible' in undo ? undo.impossible : ''))
      .find((why) => why !== '');
    const event: ChangeStarted = {
      event: 'change_started',
      host: state.target.name,
      unit: unit.number,
      task: unit.work.task.module.name,
      what: changes.map((change) => change.what),
      identity: { method: identity.become?.method ?? null, user: identity.become?.user ?? null },
      connection: state.connectionWish,
      journal: folder,
      changes: numbers,
      questions: (probe?.questions ?? []).map(({ fact, subject }) => ({ fact: fact.name, subject })),
      touches: allTouched(changes),
      before: (changes[0] as StampedChange).digest,
      ...(impossible ? { impossible } : {}),
      ...(unit.work.handler ? { handler: recordedName(unit) } : {}),
    };
    changeStarted(state, unit, event);
  }
  state.context.flush();
}

function assembleKnown(state: PlayState, unit: Unit) {
  const seen = assemble(state, unit);
  if (!seen) throw new Error('a change was planned from answers that are gone');
  return seen;
}

function allTouched(changes: readonly Change[]): readonly Key[] | '*' {
  const touched: Key[] = [];
  for (const { touches } of changes) {
    if (touches === '*') return '*';
    touched.push(...touches);
  }
  return touched;
}

/** The exit status of each change that ended, by its number. */
function readProgress(result: FrameResult): ReadonlyMap<number, number> {
  const lines = result.stdout.toString('latin1').split('\n');
  return new Map(
    lines.filter((line) => line !== '').map((line) => line.split(' ').map(Number) as [number, number]),
  );
}

/** What of its changes was not made. */
function notEnded({ changes, numbers }: Member, ended: ReadonlyMap<number, number>): readonly string[] {
  return changes.filter((_, index) => !ended.has(numbers[index] as number)).map(({ what }) => what);
}

/** Whether its first change has ended, however it did. */
function isBegun({ numbers }: Member, ended: ReadonlyMap<number, number>): boolean {
  return numbers.some((number) => ended.has(number));
}

function outcomeOf(
  member: Member,
  ended: ReadonlyMap<number, number>,
  result: FrameResult,
  notMade: readonly string[],
): Made {
  const { changes, before, numbers } = member;
  const firstBad = numbers.findIndex((number) => ended.get(number) !== 0);
  if (firstBad === -1) return { changes, before, count: numbers.length };
  const failure: MakingFailure = {
    code: ended.get(numbers[firstBad] as number) ?? result.code,
    said: result.stderr.toString('utf8').trim(),
    timedOut: result.timedOut,
    unjournalled: ended.size === 0 && isUnjournalled(result),
    unmade: notMade.filter((what) => what !== changes[firstBad]?.what),
  };
  return { changes, before, count: firstBad, failure };
}
