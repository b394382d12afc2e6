import { CannotPlan, type Change, predict, type Undo } from '../../contract/change.ts';
import { boot as bootFact, type Boot, type Grub } from '../../facts/boot.ts';
import type { BootEntry } from '../../facts/boot_menu.ts';
import { withSystemPath } from '../../facts/program.ts';
import { lines, sh, type Script } from '../../shell/script.ts';

type Variable = 'saved_entry' | 'next_entry';

/** The change that makes grubenv name an entry, for good (`saved_entry`) or once (`next_entry`). */
export function choose(state: Boot, grub: Grub, variable: Variable, entry: BootEntry, what: string): Change {
  const { environment, variables, hasEnvironment } = grub;
  const before = variables[variable];
  const tool = editor(grub);
  const apply =
    variable === 'saved_entry' && state.grubby !== null
      ? // It knows by what its GRUB names entries.
        sh`grubby --set-default=${`/boot/vmlinuz-${entry.release}`} || exit 1`
      : put(tool, environment, variable, entry.name);
  const after = { ...variables, [variable]: entry.name };
  return {
    what,
    diff: {
      before: before === undefined ? null : `${variable}=${before}\n`,
      after: `${variable}=${entry.name}\n`,
    },
    touches: ['host:boot', `path:${environment}`],
    apply: lines([withSystemPath, apply]),
    undo: undoOf(tool, environment, variable, before, hasEnvironment),
    predicts: [
      predict(
        { fact: bootFact, subject: undefined },
        {
          ...state,
          grub: { ...grub, variables: after, hasEnvironment: true },
          grubby: grubbyAfter(state, variable, entry),
        },
      ),
    ],
  };
}

function undoOf(
  tool: string,
  environment: string,
  variable: Variable,
  before: string | undefined,
  hasEnvironment: boolean,
): Undo {
  if (!hasEnvironment) return sh`rm -f -- ${environment} || exit 1`;
  // What GRUB has cleared by booting it stays so: only what still stands is taken out.
  const back =
    before === undefined
      ? sh`${sh`${tool}`} ${environment} unset ${variable} || exit 1`
      : put(tool, environment, variable, before);
  return lines([withSystemPath, back]);
}

function put(tool: string, environment: string, variable: Variable, value: string): Script {
  return sh`${tool} ${environment} set ${`${variable}=${value}`} || exit 1`;
}

function grubbyAfter({ grubby }: Boot, variable: Variable, { release }: BootEntry): string | null {
  return grubby === null || variable === 'next_entry' ? grubby : `/boot/vmlinuz-${release}`;
}

function editor({ programs, config }: Grub): string {
  const tool = programs['editenv'];
  if (tool !== undefined) return tool;
  throw new CannotPlan(
    `there is no grub2-editenv or grub-editenv, and ${config} cannot be told what to boot`,
    {
      missing: 'program:grub2-editenv',
      next: 'install it: grub2-tools-minimal (RHEL 8 and later), grub2-tools (RHEL 7, Kylin, openEuler), grub-common (Debian, Ubuntu)',
    },
  );
}

/** Throws CannotPlan where GRUB would boot an entry not once but ever again. */
export function refuseForever(grub: Grub): void {
  const why = whyForever(grub);
  if (why === null) return;
  const next =
    'make it the default instead (without `once`), and have a console at hand: a kernel that does not come up stays the one that is booted';
  throw new CannotPlan(why, {
    next: grub.unwritable === null ? `make it anew (grub2-mkconfig, update-grub), or ${next}` : next,
  });
}

/** Why GRUB cannot boot an entry for once; null where it can. */
export function whyForever({ takesNext, unwritable, config, environment }: Grub): string | null {
  if (unwritable !== null)
    return `${environment} lies on ${unwritable}, which GRUB cannot write: it could not forget the choice, and "once" would be "always"`;
  return takesNext ? null : `${config} does not read next_entry, and so knows no boot for once`;
}
