import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Change } from '../../engine/contract/change.ts';
import type { Fact, Question } from '../../engine/contract/fact.ts';
import type { Module } from '../../engine/contract/module.ts';
import type { Probe } from '../../engine/contract/probe.ts';
import { journalled, undoing } from '../../engine/journal/host_journal.ts';
import { quote, sh, type Script } from '../../engine/shell/script.ts';
import { Secret } from '../../engine/shell/secret.ts';
import type { ShellName } from '../facts/look.ts';
import { constructRoot, type Entry } from '../facts/root.ts';
import { bringShell } from '../laws/host_here.ts';
import { bringPrograms } from '../laws/programs.ts';
import { snapshot } from './harness.ts';

/** A host of its own: a constructed root directory, a mount table, a network and a host name that nobody else sees. */
export class RootHost {
  readonly root: string;
  readonly #folder: string;
  readonly #holder: ChildProcess;
  readonly #shell: ShellName;

  private constructor(folder: string, shell: ShellName, holder: ChildProcess) {
    this.#folder = folder;
    this.root = join(folder, 'root');
    this.#shell = shell;
    this.#holder = holder;
  }

  /** Holds busybox, its tools, the given entries and programs of this machine. */
  static async open(
    shell: ShellName,
    entries: Readonly<Record<string, Entry>>,
    programs: readonly string[] = [],
  ): Promise<RootHost> {
    const folder = mkdtempSync(join(tmpdir(), 'fettle-root-'));
    const root = join(folder, 'root');
    constructRoot(root, { 'var/lib': 'folder', ...entries });
    bringShell(root, shell);
    bringPrograms(root, programs);
    const hold =
      'mount --bind /proc "$1/proc" && mount --bind /dev/null "$1/dev/null" && echo ready && exec cat';
    const holder = spawn('unshare', ['-m', '-u', '-n', 'sh', '-c', hold, 'hold', root], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    return new RootHost(folder, shell, holder);
  }

  /** Ends it and removes all of it. */
  async close(): Promise<void> {
    const over = once(this.#holder, 'exit');
    this.#holder.stdin?.end();
    await over;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Runs a script as root of the host. */
  run(text: string, environment: Readonly<Record<string, string>> = {}) {
    writeFileSync(join(this.root, 'script'), text);
    const enter = ['-t', String(this.#holder.pid), '-m', '-u', '-n', 'chroot', this.root];
    const shell = this.#shell === 'busybox' ? ['/bin/busybox', 'sh'] : [`/bin/${this.#shell}`];
    const result = spawnSync('nsenter', [...enter, ...shell, '/script'], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    rmSync(join(this.root, 'script'));
    return { code: result.status ?? 1, stdout: result.stdout, stderr: result.stderr.toString('utf8') };
  }

  /** Asks a probe's questions, each fact once. */
  probe<State>(probe: Probe<State>): State {
    return probe.assemble(this.answers(probe.questions));
  }

  answers(questions: readonly Question[]): unknown[] {
    const byFact = new Map<Fact<unknown, unknown>, Question[]>();
    for (const question of questions)
      byFact.set(question.fact, [...(byFact.get(question.fact) ?? []), question]);
    const answers = new Map<Question, unknown>();
    for (const [fact, own] of byFact) {
      const subjects = own.map(({ subject }) => subject);
      const said = this.run(frame(fact.ask(subjects)));
      const parsed = fact.parse(said.stdout, subjects, said.code);
      own.forEach((question, index) => answers.set(question, parsed[index]));
    }
    return questions.map((question) => answers.get(question));
  }

  /** Makes changes as the engine does: journalled, with what they send staged. */
  make(changes: readonly Change[]) {
    const stage = join(this.root, 'run/stage');
    mkdirSync(stage);
    changes.forEach((change, at) =>
      (change.sends ?? []).forEach((blob, index) => {
        if (blob.kind === 'file') throw new Error('nothing here sends a file');
        const bytes = blob.bytes instanceof Secret ? blob.bytes.reveal() : blob.bytes;
        writeFileSync(join(stage, `${at + 1}.${index}`), bytes);
      }),
    );
    const numbered = changes.map((change, at) => ({ number: at + 1, change }));
    const made = this.run(`umask 022\n${journalled(sh`/run/journal`, 'test', numbered).text}`, {
      FETTLE_STAGE: '/run/stage',
    });
    rmSync(stage, { recursive: true });
    const undo = () => {
      const numbers = numbered.map(({ number }) => number);
      const undone = this.run(`umask 022\n${undoing(sh`/run/journal`, numbers).text}`);
      this.forget();
      return undone;
    };
    return { ...made, undo };
  }

  /** Removes the journal of the changes that were made last. */
  forget(): void {
    rmSync(join(this.root, 'run/journal'), { recursive: true, force: true });
  }

  /** The laws of a resource: look → change → nothing is left to do → undo → all is as it was. Gives the changes. */
  keepsTheLaws<Args, State>(
    module: Module<Args, State>,
    args: Args,
    during: () => void = () => undefined,
  ): readonly Change[] {
    const start = snapshot(this.root);
    const probe = module.probe(args);
    const answers = this.answers(probe.questions);
    expect(snapshot(this.root), 'a probe writes nothing').toEqual(start);
    const changes = module.plan(args, probe.assemble(answers));
    const made = this.make(changes);
    try {
      expect(made).toMatchObject({ stderr: '', code: 0 });
      during();
      expect(module.plan(args, this.probe(module.probe(args))).map(({ what }) => what)).toEqual([]);
      this.#expectPredicted(changes);
      expect(made.undo()).toMatchObject({ stderr: '', code: 0 });
      expect(snapshot(this.root), 'undo gives back what was there').toEqual(start);
      expect(lasting(probe.questions, this.answers(probe.questions))).toEqual(
        lasting(probe.questions, answers),
      );
    } finally {
      this.forget();
    }
    return changes;
  }

  #expectPredicted(changes: readonly Change[]): void {
    const predictions = [
      ...new Map(
        changes
          .flatMap((change) => change.predicts ?? [])
          .map((one) => [`${one.fact.name} ${one.fact.id(one.subject)}`, one]),
      ).values(),
    ];
    const real = lasting(predictions, this.answers(predictions));
    const said = lasting(
      predictions,
      predictions.map(({ answer }) => answer),
    );
    real.forEach((answer, index) => expect(asFarAsKnown(answer, said[index])).toEqual(said[index]));
  }
}

function frame(script: Script): string {
  return `( umask 077; LC_ALL=C; export LC_ALL; eval ${quote(script.text)} ) </dev/null`;
}

function lasting(questions: readonly Question[], answers: readonly unknown[]): unknown[] {
  return questions.map(({ fact }, index) => (fact.lasting ? fact.lasting(answers[index]) : answers[index]));
}

// What a prediction cannot know is -1 or empty in it.
function asFarAsKnown(real: unknown, said: unknown): unknown {
  if (typeof real !== 'object' || real === null || typeof said !== 'object' || said === null) return real;
  if (Array.isArray(real) || Buffer.isBuffer(real)) return real;
  const known = said as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(real).map(([name, value]) => [
      name,
      known[name] === -1 ? -1 : asFarAsKnown(value, known[name]),
    ]),
  );
}
