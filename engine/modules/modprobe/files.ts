import { CannotPlan, type Change } from '../../contract/change.ts';
import { editable, type EditState, planEdit } from '../../facts/edit_file.ts';
import { loadedName } from '../../facts/kernel_module.ts';
import type { ModuleLine } from '../../facts/module_files.ts';

/** The file that loads a module at boot. */
export const loadFile = (name: string) => `/etc/modules-load.d/${name}.conf`;

/** The file that says with which parameters. */
export const optionsFile = (name: string) => `/etc/modprobe.d/${name}.conf`;

export interface ModuleFiles {
  readonly lines: readonly ModuleLine[];
  readonly load: EditState;
  readonly options: EditState;
}

/** The changes after which a module is loaded at boot, with these parameters where there are any. Throws CannotPlan. */
export function planPersistent(name: string, params: string, files: ModuleFiles): readonly Change[] {
  refuseHindered(name, files.lines);
  const isLoaded = files.lines.some((line) => isLoad(line) && wordIs(firstWord(line.text), name));
  const own = optionsFile(name);
  const loading = isLoaded
    ? []
    : planText(loadFile(name), files.load, (text) => appended(text, name), `load ${name} at boot: write`);
  if (params === '') return loading;
  const other = files.lines.find((line) => isOptions(line, name) && line.file !== own);
  if (other) {
    if (other.text.trim().split(/\s+/).slice(2).join(' ') === words(params)) return loading;
    throw new CannotPlan(
      `${other.file}, line ${other.number}, says "${other.text.trim()}", and modprobe would take both`,
      {
        missing: `path:${other.file}`,
        next: `take that line out first (lineinfile), or leave \`params\` to it`,
      },
    );
  }
  const wanted = `options ${name} ${words(params)}`;
  return [
    ...loading,
    ...planText(
      own,
      files.options,
      (text) =>
        appended(
          withoutLines(text, (line) => isOptionsOf(line, name)),
          wanted,
        ),
      `give ${name} its parameters (${words(params)}): write`,
    ),
  ];
}

/** The changes after which nothing loads a module at boot, or says with what. Throws CannotPlan. */
export function planForgotten(name: string, files: ModuleFiles): readonly Change[] {
  const other = files.lines.find(
    (line) => isLoad(line) && wordIs(firstWord(line.text), name) && line.file !== loadFile(name),
  );
  if (other) {
    throw new CannotPlan(`${other.file}, line ${other.number}, loads ${name} at boot`, {
      missing: `path:${other.file}`,
      next: `take that line out (lineinfile: {path: ${other.file}, regexp: "^${name}$", state: absent}); where it is a package's file, mask it with a link to /dev/null of its name in /etc/modules-load.d`,
    });
  }
  return [
    ...planText(
      loadFile(name),
      files.load,
      (text) => withoutLines(text, (line) => wordIs(firstWord(line), name)),
      `load ${name} no more at boot: edit`,
    ),
    ...planText(
      optionsFile(name),
      files.options,
      (text) => withoutLines(text, (line) => isOptionsOf(line, name)),
      `give ${name} no parameters: edit`,
    ),
  ];
}

/** systemd-modules-load heeds `blacklist`; an `install` line takes the place of loading it. */
function refuseHindered(name: string, lines: readonly ModuleLine[]): void {
  const line = lines.find(({ text, file }) => {
    const [word, target = ''] = text.trim().split(/\s+/);
    return !isLoad({ file }) && ['blacklist', 'install'].includes(word ?? '') && wordIs(target, name);
  });
  if (!line) return;
  throw new CannotPlan(
    `${name} would not be loaded at boot: ${line.file}, line ${line.number}, says "${line.text.trim()}"`,
    { missing: `path:${line.file}`, next: 'somebody meant it: ask who, then take that line out' },
  );
}

function planText(
  file: string,
  state: EditState,
  edit: (text: string) => string,
  what: string,
): readonly Change[] {
  const text = editable(file, state)?.toString('latin1') ?? null;
  const wanted = edit(text ?? '');
  if (wanted === (text ?? '')) return [];
  return planEdit(
    file,
    state,
    { bytes: Buffer.from(wanted, 'latin1'), what: `${what} ${file}` },
    { create: true },
  );
}

function appended(text: string, line: string): string {
  if (text.split('\n').includes(line)) return text;
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`;
}

function withoutLines(text: string, isOut: (line: string) => boolean): string {
  const all: string[] = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return all.filter((line) => !isOut(line)).join('');
}

function isLoad({ file }: Pick<ModuleLine, 'file'>): boolean {
  return /\/modules-load\.d\/|^\/etc\/modules$/.test(file);
}

function isOptions(line: ModuleLine, name: string): boolean {
  return !isLoad(line) && isOptionsOf(line.text, name);
}

function isOptionsOf(text: string, name: string): boolean {
  const [word, target = ''] = text.trim().split(/\s+/);
  return word === 'options' && wordIs(target, name);
}

function wordIs(word: string, name: string): boolean {
  return loadedName(word) === loadedName(name);
}

/** /etc/modules may have parameters behind the name. */
function firstWord(text: string): string {
  return text.trim().split(/\s+/)[0] ?? '';
}

function words(params: string): string {
  return params.trim().split(/\s+/).join(' ');
}
