import { type Static, Type } from 'typebox';
import { CannotPlan, type Change, noted, sent } from '../contract/change.ts';
import { nameOf } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, ask } from '../contract/probe.ts';
import { hostPath, type Local, localPath } from '../contract/schema.ts';
import { withSystemPath } from '../facts/program.ts';
import { policyStore } from '../facts/selinux_folder.ts';
import { type ModuleAnswer, selinuxModule } from '../facts/selinux_module.ts';
import { askSelinux, refuseWithoutSelinux, type SelinuxHost } from '../facts/selinux_ready.ts';
import { lines, sh, type Script } from '../shell/script.ts';

const args = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z][A-Za-z0-9_-]*$',
        errorMessage: 'must be the name of a module: letters, digits, _ and -',
        description: 'The module; the name of the file where absent.',
      }),
    ),
    src: Type.Optional(Type.Unsafe<Local>(localPath('A module (NAME.pp or NAME.cil) on the controller.'))),
    path: Type.Optional(hostPath('A module (NAME.pp or NAME.cil) on the host.')),
    priority: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 999,
        default: 400,
        description: 'Of two modules of one name the higher one counts; the distribution has 100.',
      }),
    ),
    state: Type.Optional(
      Type.Enum(['present', 'absent'], { default: 'present', description: 'Whether it is installed.' }),
    ),
  },
  { additionalProperties: false },
);

export type SemoduleArgs = Static<typeof args>;

export interface SemoduleState {
  readonly host: SelinuxHost;
  readonly is: ModuleAnswer;
}

/** A module of the policy. */
export const semodule: Module<SemoduleArgs, SemoduleState> = {
  kind: 'resource',
  name: 'semodule',
  summary: 'Keeps a module of the SELinux policy installed, or out of it.',
  args,
  notes: [
    'What is installed is compared byte by byte with the file. The host needs bzip2 for that where its store is packed, as it is by default.',
    'The module that was there before is kept as the store has it (what `semodule -H -E` gives), and comes back by `fettle undo`.',
    'A .pp carries its name within: it must be that of the file.',
    'The policy is built anew, which takes some seconds; a module that does not fit the policy fails, and nothing is changed.',
    'To look at what audit2allow proposes before it is installed is worth the time: it allows all that was denied.',
  ],
  probe: (wanted) => {
    const { name } = sourceOf(wanted);
    const { priority = 400, path = null } = wanted;
    return all({
      host: askSelinux(['semodule']),
      is: ask(selinuxModule, { name, priority, file: path }),
    });
  },
  plan: planModule,
  result: (wanted, { is }) => ({
    name: sourceOf(wanted).name,
    installed: is.kind === 'present' || is.kind === 'packed',
    sha256: is.sha256,
  }),
};

interface Source {
  readonly name: string;
  /** "pp" or "cil"; null where there is no file. */
  readonly language: string | null;
}

function sourceOf({ name, src, path, state }: SemoduleArgs): Source {
  if (src !== undefined && path !== undefined) throw new CannotPlan('give either `src` or `path`');
  if (src?.kind === 'folder') throw new CannotPlan('`src` is a folder, not a module');
  const file = src?.path ?? path;
  if (file === undefined) {
    if (state !== 'absent') throw new CannotPlan('`src` or `path` is needed');
    if (name === undefined) throw new CannotPlan('`name` is needed');
    return { name, language: null };
  }
  const [, stem, language = null] = /^(.+)\.(pp|cil)$/.exec(nameOf(file)) ?? [];
  if (stem === undefined) throw new CannotPlan(`${file} is neither a .pp nor a .cil`);
  const own = name ?? stem;
  if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(own))
    throw new CannotPlan(`${own} cannot be the name of a module`, { next: 'give `name`' });
  return { name: own, language };
}

function planModule(wanted: SemoduleArgs, { host, is }: SemoduleState): readonly Change[] {
  refuseWithoutSelinux(host);
  const { name, language } = sourceOf(wanted);
  const { priority = 400, path, src, state = 'present' } = wanted;
  if (is.kind === 'hidden')
    throw new CannotPlan("the policy's store cannot be read", { next: 'become root' });
  const isThere = is.kind !== 'absent';
  if (state === 'absent' && !isThere) return [];
  if (is.kind === 'packed' || (state === 'present' && !is.tells)) {
    throw new CannotPlan(`what ${name} holds cannot be told without bzcat`, {
      missing: 'program:bzcat',
      next: 'install bzip2',
    });
  }
  if (state === 'absent') return [removal(name, priority)];
  const sha256 = src?.kind === 'file' ? src.sha256 : is.file;
  if (sha256 === null)
    throw new CannotPlan(
      `there is no ${path} on the host`,
      path === undefined ? {} : { missing: `path:${path}` },
    );
  if (isThere && is.sha256 === sha256) return [];
  return [
    {
      what: `${isThere ? 'replace' : 'install'} the module ${name} at priority ${priority}`,
      diff: { before: isThere ? `sha256 ${is.sha256}\n` : null, after: `sha256 ${sha256}\n` },
      touches: [`selinux_module:${name}`, 'selinux:policy'],
      ...(src?.kind === 'file' ? { sends: [{ kind: 'file', path: src.path, size: src.size }] } : {}),
      apply: lines([
        isThere ? keep(name, priority) : sh``,
        install(src === undefined ? sh`${path ?? ''}` : sent(0), `${name}.${language}`, priority),
      ]),
      undo: isThere ? restore(name, priority) : remove(name, priority),
    },
  ];
}

function removal(name: string, priority: number): Change {
  return {
    what: `remove the module ${name} from priority ${priority}`,
    diff: { before: `module ${name}\n`, after: null },
    touches: [`selinux_module:${name}`, 'selinux:policy'],
    apply: lines([keep(name, priority), remove(name, priority)]),
    undo: restore(name, priority),
  };
}

/** Puts what is installed, as the store has it, beside the change's journal as NAME.pp or NAME.cil. */
function keep(name: string, priority: number): Script {
  return lines([
    withSystemPath,
    policyStore,
    sh`f=$s/modules/${priority}/${name} k=$(cat "$s"/modules/${priority}/${name}/lang_ext) || exit 1`,
    sh`if [ -e "$f/hll" ]; then f=$f/hll; else f=$f/cil; fi
mkdir -p "$FETTLE_SAVE" || exit 1
case $(head -c 3 "$f" | tr -d '\\000') in BZh) u=bzcat;; *) u=cat;; esac
$u <"$f" >${noted(name)}."$k" || exit 1`,
  ]);
}

// semodule's own domain may read what lies in /tmp, but not a folder of ours below /var/lib.
function install(file: Script, name: string, priority: number): Script {
  return lines([
    withSystemPath,
    sh`t=$(mktemp -d /tmp/fettle.XXXXXX) && cat ${file} >"$t"/${name} || exit 1
e=$(semodule -X ${priority} -i "$t"/${name} 2>&1); r=$?
rm -rf "$t"
if [ $r != 0 ]; then printf '%s\\n' "$e" >&2; exit 1; fi`,
  ]);
}

// What it says beside its work ("no other module exists") is no complaint.
function remove(name: string, priority: number): Script {
  return lines([
    withSystemPath,
    sh`e=$(semodule -X ${priority} -r ${name} 2>&1) || { printf '%s\\n' "$e" >&2; exit 1; }`,
  ]);
}

function restore(name: string, priority: number): Script {
  const file = (language: string) => noted(`${name}.${language}`);
  return lines([
    sh`if [ -e ${file('pp')} ]; then`,
    install(file('pp'), `${name}.pp`, priority),
    sh`else`,
    install(file('cil'), `${name}.cil`, priority),
    sh`fi`,
  ]);
}
