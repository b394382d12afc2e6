import type { Probe } from '../../engine/contract/probe.ts';
import { tasksOf } from '../../engine/load/tasks_of.ts';
import type { Playbook } from '../../engine/load/playbook.ts';
import { Answers } from '../../engine/run/answers.ts';
import { inquire, Questions, ScriptCache } from '../../engine/run/gather.ts';
import { loginIdentity } from '../../engine/run/host.ts';
import { LocalFiles } from '../../engine/run/local_files.ts';
import { Preparer } from '../../engine/run/prepare.ts';
import { openHere, type Way } from './host_here.ts';
import { deepFreeze } from './pure.ts';
import type { Sandbox } from './sandbox.ts';

const noVariables = { has: () => false, get: () => undefined };

/** The arguments of a playbook's tasks as their module gets them, frozen. */
export async function argumentsOf(playbook: Playbook): Promise<readonly never[]> {
  const preparer = new Preparer(new LocalFiles());
  const tasks = playbook.plays.flatMap((play) => tasksOf(play.steps));
  return Promise.all(
    tasks.map(async (task) => deepFreeze((await preparer.prepare(task, noVariables, loginIdentity)).args)),
  );
}

/** Asks the questions of probes on this machine, all together; gives their states, frozen. */
export async function lookHere<State>(
  sandbox: Sandbox,
  way: Way,
  probes: readonly Probe<State>[],
): Promise<readonly State[]> {
  if (probes.every((probe) => probe.questions.length === 0)) return probes.map((probe) => probe.assemble([]));
  const session = await openHere(sandbox, way);
  try {
    const shell = await session.shell(loginIdentity);
    const asked = new Questions(loginIdentity);
    for (const question of probes.flatMap((probe) => probe.questions)) asked.add(question);
    const inquiry = inquire(asked, new ScriptCache());
    const answers = new Answers();
    inquiry.read(await shell.send(inquiry.frames), answers);
    return probes.map((probe) => {
      const values = probe.questions.map((question) => {
        const answer = answers.get(loginIdentity.key, question);
        if (!answer || 'error' in answer)
          throw answer?.error ?? new Error(`no answer to ${question.fact.name}`);
        return deepFreeze(answer.value);
      });
      return deepFreeze(probe.assemble(values));
    });
  } finally {
    await session.close();
  }
}
