import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Change } from '../../engine/contract/change.ts';
import type { Fact, Question } from '../../engine/contract/fact.ts';
import type { Module } from '../../engine/contract/module.ts';
import type { Probe } from '../../engine/contract/probe.ts';
import { journalled, undoing } from '../../engine/journal/host_journal.ts';
import { sh, type Script } from '../../engine/shell/script.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { look, shellCommand, shellEnvironment, type ShellName } from '../facts/look.ts';

/** Changes that were made, with what is needed to take them back. */
export interface MadeHere {
  readonly code: number;
  readonly stderr: string;
  /** Takes all changes back, last first, and removes the journal; gives its exit status. */
  undo(): { readonly code: number; readonly stderr: string };
  /** Removes the journal without taking anything back. */
  forget(): void;
}

/** Asks a probe's questions on a local shell as LOOK frames, each fact once, and assembles the state. */
export function probeHere<State>(shell: ShellName, probe: Probe<State>): State {
  return probe.assemble(answersHere(shell, probe.questions));
}

/** Makes changes on a local shell as the engine does: journalled, with what they send staged. */
export function makeHere(shell: ShellName, changes: readonly Change[]): MadeHere {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-journal-'));
  const stage = join(folder, 'stage');
  const entry = join(folder, 'entry');
  mkdirSync(stage);
  changes.forEach((change, at) => {
    (change.sends ?? []).forEach((blob, index) => {
      const staged = join(stage, `${at + 1}.${index}`);
      if (blob.kind === 'file') copyFileSync(blob.path, staged);
      else writeFileSync(staged, blob.bytes instanceof Secret ? blob.bytes.reveal() : blob.bytes);
    });
  });
  const numbered = changes.map((change, at) => ({ number: at + 1, change }));
  const made = act(shell, journalled(sh`${entry}`, 'test', numbered), { FETTLE_STAGE: stage });
  const forget = () => rmSync(folder, { recursive: true, force: true });
  return {
    ...made,
    forget,
    undo: () => {
      const numbers = numbered.map(({ number }) => number);
      const undone = act(shell, undoing(sh`${entry}`, numbers), {});
      forget();
      return undone;
    },
  };
}

/**
 * The laws of a resource on a local shell: probe → plan → apply → a fresh plan is empty (or proven) and what was
 * predicted is so → undo → everything below `root` is as it was. Gives the changes that were made.
 */
export function keepsTheLaws<Args, State>(
  shell: ShellName,
  module: Module<Args, State>,
  args: Args,
  root: string,
): readonly Change[] {
  const start = snapshot(root);
  const probe = module.probe(args);
  const answers = answersHere(shell, probe.questions);
  const before = probe.assemble(answers);
  expect(snapshot(root), 'a probe writes nothing').toEqual(start);
  const changes = module.plan(args, before);

  const made = makeHere(shell, changes);
  try {
    expect(made.stderr).toBe('');
    expect(made.code).toBe(0);
    const fresh = module.probe(args);
    const after = probeHere(shell, fresh);
    if (module.proven && changes.length > 0) expect(module.proven(args, before, after)).toBe(true);
    else expect(module.plan(args, after).map((change) => change.what)).toEqual([]);
    expectPredicted(shell, changes);
    expect(leftovers(root)).toEqual([]);

    const undone = made.undo();
    expect(undone.stderr).toBe('');
    expect(undone.code).toBe(0);
    expect(snapshot(root), 'undo gives back what was there').toEqual(start);
    expect(lastingHere(shell, probe.questions)).toEqual(lasting(probe.questions, answers));
  } finally {
    made.forget();
  }
  return changes;
}

/** Everything below a folder that an undo must give back: kind, mode, owner, content, where links lead. */
export function snapshot(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (at: Buffer, shown: string) => {
    const stats = lstatSync(at);
    const held = stats.isFile()
      ? createHash('sha256').update(readFileSync(at)).digest('hex')
      : stats.isSymbolicLink()
        ? readlinkSync(at)
        : '';
    found[shown] = `${stats.mode.toString(8)} ${stats.uid}:${stats.gid} ${held}`;
    if (!stats.isDirectory()) return;
    for (const name of readdirSync(at, { encoding: 'buffer' })) {
      visit(Buffer.concat([at, Buffer.from('/'), name]), `${shown}/${name.toString('latin1')}`);
    }
  };
  visit(Buffer.from(root), '.');
  return found;
}

/** Names of temporary files of fettle's own that were left behind. */
export function leftovers(root: string): string[] {
  return Object.keys(snapshot(root)).filter((name) => name.includes('.fettle-'));
}

function act(shell: ShellName, script: Script, environment: Record<string, string>) {
  const [program, ...args] = shellCommand(shell);
  const folder = mkdtempSync(join(tmpdir(), 'fettle-act-'));
  const file = join(folder, 's');
  writeFileSync(file, `umask 022\n${script.text}`);
  const result = spawnSync(program, [...args, file], {
    env: { ...shellEnvironment(shell), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  return { code: result.status ?? 1, stderr: result.stderr };
}

function answersHere(shell: ShellName, questions: readonly Question[]): unknown[] {
  const byFact = new Map<Fact<unknown, unknown>, number[]>();
  questions.forEach(({ fact }, index) => byFact.set(fact, [...(byFact.get(fact) ?? []), index]));
  const answers: unknown[] = [];
  for (const [fact, places] of byFact) {
    const subjects = places.map((index) => questions[index]?.subject);
    const own = look(shell, fact, subjects);
    places.forEach((index, at) => {
      answers[index] = own[at];
    });
  }
  return answers;
}

function lasting(questions: readonly Question[], answers: readonly unknown[]): unknown[] {
  return questions.map(({ fact }, index) => (fact.lasting ? fact.lasting(answers[index]) : answers[index]));
}

function lastingHere(shell: ShellName, questions: readonly Question[]): unknown[] {
  return lasting(questions, answersHere(shell, questions));
}

// Later changes may override what earlier ones predict, so the last prediction of a question counts.
function expectPredicted(shell: ShellName, changes: readonly Change[]): void {
  const predictions = new Map(
    changes
      .flatMap((change) => change.predicts ?? [])
      .map((one) => [`${one.fact.name} ${one.fact.id(one.subject)}`, one]),
  );
  const list = [...predictions.values()];
  const real = lastingHere(shell, list);
  const said = lasting(
    list,
    list.map((one) => one.answer),
  );
  real.forEach((answer, index) => expect(withoutUnknown(answer, said[index])).toEqual(said[index]));
}

// A prediction does not know the owner that a new file will get.
function withoutUnknown(real: unknown, said: unknown): unknown {
  if (typeof real !== 'object' || real === null || typeof said !== 'object' || said === null) return real;
  const known = said as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(real).map(([name, value]) => [
      name,
      known[name] === -1 ? -1 : withoutUnknown(value, known[name]),
    ]),
  );
}
