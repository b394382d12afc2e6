import type { Change } from '../../engine/contract/change.ts';
import type { Module } from '../../engine/contract/module.ts';

const attributes = {
  kind: 'file',
  mode: '0600',
  uid: 0,
  gid: 0,
  owner: 'root',
  group: 'root',
  size: 3,
  links: 1,
};

/** What people see of the first change that a module plans on a file with some text: all but what is predicted and sent. */
export function shownOnText<Args, State>(
  module: Module<Args, State>,
  args: Args,
  text: string,
): Omit<Change, 'predicts' | 'sends'> {
  const probe = module.probe(args);
  const answers = probe.questions.map(({ fact }) =>
    fact.name === 'path' ? attributes : { kind: 'text', bytes: Buffer.from(text) },
  );
  const [change] = module.plan(args, probe.assemble(answers));
  if (!change) throw new Error('nothing is planned');
  const { predicts: _unshown, sends: _sent, ...shown } = change;
  return shown;
}
