import { CannotPlan } from '../contract/change.ts';
import { all, ask, each, type Probe } from '../contract/probe.ts';
import { os, type Os } from './os.ts';
import { program } from './program.ts';
import { selinux, type Selinux } from './selinux.ts';

/** A program that SELinux is looked after with. */
export type SelinuxTool = keyof typeof packages;

/** SELinux' state on a host, and which of the tools that are needed it lacks. */
export interface SelinuxHost {
  readonly selinux: Selinux;
  readonly os: Os;
  readonly missing: readonly SelinuxTool[];
}

/** Asks whether SELinux is on, and for its tools. */
export function askSelinux(tools: readonly SelinuxTool[]): Probe<SelinuxHost> {
  const asked = all({
    selinux: ask(selinux, undefined),
    os: ask(os, undefined),
    found: each(tools.map((tool) => ask(program, tool))),
  });
  return {
    questions: asked.questions,
    assemble: (answers) => {
      const { found, ...state } = asked.assemble(answers);
      return { ...state, missing: tools.filter((_, index) => found[index] === null) };
    },
  };
}

/** Throws CannotPlan where SELinux is off, or a tool is not there, naming the package that brings it. */
export function refuseWithoutSelinux(host: SelinuxHost): void {
  if (!host.selinux.enabled) {
    throw new CannotPlan('SELinux is not on: the running kernel enforces no policy', {
      missing: 'selinux:mode',
      next:
        host.selinux.policy === null
          ? 'this host has no SELinux at all: leave it out of this play'
          : 'it was off when the host was started; to turn it on takes a new start with all files labelled',
    });
  }
  refuseWithoutTools(host);
}

/** Throws CannotPlan where a tool is not there, naming the package that brings it. */
export function refuseWithoutTools({ missing, os: system }: SelinuxHost): void {
  const [tool] = missing;
  if (tool === undefined) return;
  throw new CannotPlan(`${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not on this host`, {
    missing: `program:${tool}`,
    next: `install ${[...new Set(missing.map((one) => packageOf(one, system)))].join(' ')}`,
  });
}

const packages = {
  semanage: { el7: 'policycoreutils-python', other: 'policycoreutils-python-utils' },
  restorecon: { other: 'policycoreutils' },
  semodule: { other: 'policycoreutils' },
  setsebool: { other: 'policycoreutils' },
  matchpathcon: { other: 'libselinux-utils', debian: 'selinux-utils' },
  setenforce: { other: 'libselinux-utils', debian: 'selinux-utils' },
  chcon: { other: 'coreutils' },
  bzcat: { other: 'bzip2' },
} as const satisfies Record<string, { other: string; el7?: string; debian?: string }>;

function packageOf(tool: SelinuxTool, { family, major, id }: Os): string {
  const names: { other: string; el7?: string; debian?: string } = packages[tool];
  // Kylin's V10 is like EL8, whatever its number says.
  const isEl7 =
    family === 'redhat' &&
    major !== null &&
    major <= 7 &&
    /^(rhel|centos|ol|scientific|sl|almalinux|rocky)$/.test(id);
  if (isEl7 && names.el7) return names.el7;
  return (family === 'debian' ? names.debian : undefined) ?? names.other;
}
