import { CannotPlan } from '../contract/change.ts';
import type { Action } from '../contract/module.ts';
import { type AvcArgs, avcArguments } from './avc/arguments.ts';
import { resultOf } from './avc/result.ts';
import { readScript } from './avc/script.ts';

/** What SELinux has denied, from the audit log, for `register`. */
export const avc: Action<AvcArgs> = {
  kind: 'action',
  name: 'avc',
  summary: 'Tells what SELinux has denied since a moment; changes nothing.',
  args: avcArguments,
  notes: [
    'Read with `ausearch` where there is one, else from /var/log/audit/audit.log, else from the log of the kernel, and from that too while auditd does not run; `source` of the register says which (`ausearch+journal`).',
    '`denials` of the register has each record, `summary` each thing once as a sentence, `count` their number.',
    '`scontext` is who was denied, `tcontext` what it wanted. A denial often names not the script that was started but what the script wanted: filter on `scontext`.',
    'Rules with `dontaudit` leave nothing in the log: `semodule -DB` shows these too, until `semodule -B`.',
    '`now` of the register is the host’s clock when it was read: give it as `since` later to see what is new.',
    'Of a program that the host’s policy trusts (systemd, dbus) the record is a USER_AVC: `by: program`.',
  ],
  reads: () => true,
  run(args) {
    if ([args.comm, args.path].some((text) => text?.includes('\0')))
      throw new CannotPlan('a NUL byte can be in no name');
    return {
      what: 'read what SELinux denied',
      script: readScript(args),
      timeout: args.timeout ?? 60,
      touches: [],
      undo: { impossible: 'there is nothing to take back' },
      again: 'safe',
      result: (outcome) => resultOf(args, outcome),
    };
  },
};
