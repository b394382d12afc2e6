import { ask, all } from '../contract/probe.ts';
import { FettleError } from '../errors.ts';
import { hostFacts } from '../facts/index.ts';
import { Answers } from '../run/answers.ts';
import type { HostStatus } from '../run/events.ts';
import { inquire, Questions, ScriptCache } from '../run/gather.ts';
import { Forks } from '../run/forks.ts';
import { loginIdentity } from '../run/host.ts';
import { Controller, noInventory } from './controller.ts';
import { statusOf } from './exit.ts';
import { growingMask } from './growing_mask.ts';
import type { HostOptions } from './options.ts';

/** `fettle facts PATTERN` */
export async function facts([pattern = 'all']: readonly string[], options: HostOptions): Promise<number> {
  const controller = await Controller.open(options, []);
  const forks = new Forks(options.forks);
  const hosts = controller.select(pattern);
  if (hosts.length === 0) {
    if (controller.sources.length === 0) throw noInventory();
    process.stderr.write('warning: no host is selected\n');
  }
  const told: Record<string, unknown> = {};
  const statuses: HostStatus[] = [];
  const mask = growingMask(controller.secrets);
  await Promise.all(
    hosts.map(async (host) => {
      await forks.take();
      try {
        told[host] = await factsOf(controller, host, options.become === true);
      } catch (error) {
        if (!(error instanceof FettleError)) throw error;
        statuses.push(error.kind === 'unreachable' ? 'unreachable' : 'failed');
        told[host] = { error: error.message, ...(error.next === undefined ? {} : { next: error.next }) };
      } finally {
        forks.give();
      }
    }),
  );
  const masked = (_key: string, value: unknown): unknown => (typeof value === 'string' ? mask(value) : value);
  const shown = JSON.stringify(Object.fromEntries(hosts.map((host) => [host, told[host]])), masked, 2);
  process.stdout.write(`${shown}\n`);
  return statusOf(
    statuses.map((status) => ({ status })),
    { interrupted: false, pendingCounts: false },
  );
}

async function factsOf(
  controller: Controller,
  host: string,
  become: boolean,
): Promise<Record<string, unknown>> {
  const variables = controller.plainVariables(host);
  const identity = become
    ? controller.identity(host, { become, user: undefined, method: undefined }, variables)
    : loginIdentity;
  const session = await controller.connect(host, {}, variables);
  try {
    const probe = all<Record<string, unknown>>(
      Object.fromEntries(
        Object.entries(hostFacts).map(([name, fact]) => [name, ask<undefined, unknown>(fact, undefined)]),
      ),
    );
    const questions = new Questions(identity);
    for (const question of probe.questions) questions.add(question);
    const answers = new Answers();
    const shell = await session.shell(identity);
    const inquiry = inquire(questions, new ScriptCache());
    inquiry.read(await shell.send(inquiry.frames), answers);
    return probe.assemble(
      probe.questions.map((question) => {
        const answer = answers.get(identity.key, question);
        if (!answer || 'error' in answer)
          throw answer?.error ?? new Error(`no answer to ${question.fact.name}`);
        return answer.value;
      }),
    );
  } finally {
    await session.close();
  }
}
