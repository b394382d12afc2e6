import {
  CannotPlan,
  predict,
  saved,
  sent,
  type Change,
  type Prediction,
  type Undo,
} from '../contract/change.ts';
import type { Key } from '../contract/fact.ts';
import { nameOf } from '../contract/host_path.ts';
import { all, ask, type Probe } from '../contract/probe.ts';
import { restoreFile } from '../shell/replace_file.ts';
import { lines, sh } from '../shell/script.ts';
import { Secret } from '../shell/secret.ts';
import { content } from './content.ts';
import { diffText } from './diff_text.ts';
import { askEdit, editable, type EditState, planEdit } from './edit_file.ts';
import { path } from './path.ts';
import { unit, type UnitAnswer, unitFiles } from './unit.ts';
import { isUnitName } from './unit_systemd.ts';
import { leavesUnitAsTold, unitAsRead } from './unit_text.ts';
import { type UnitDraft, type UnitVerification, verifyUnit } from './unit_verify.ts';
import type { WantedAttributes } from './wanted_attributes.ts';

/** Where the administrator's unit files lie; what packages bring lies elsewhere and is never written. */
export const unitFolder = '/etc/systemd/system';

/** A unit's own file, or a drop-in of it, as it should be. */
export interface UnitFile {
  /** The unit's full name. */
  readonly unit: string;
  readonly path: string;
  readonly isDropIn: boolean;
  readonly text: string | Secret;
  readonly verification: UnitVerification;
  readonly attributes: WantedAttributes;
}

/** The file as it is, and the unit as systemd sees it. */
export interface UnitFileState {
  readonly file: EditState;
  readonly unit: UnitAnswer;
}

/** Asks for a file of a unit and for the unit; whether that is up counts where it is to be `kept` so. */
export function askUnitFile(name: string, file: string, kept = false): Probe<UnitFileState> {
  return all({ file: askEdit(file), unit: ask(unit, kept ? { name } : { name, onlyFiles: true }) });
}

/** The changes that put a unit's file into place, checked before and read by systemd after. Throws CannotPlan. */
export function planUnitFile(wanted: UnitFile, state: UnitFileState): readonly Change[] {
  refuseUnwritable(wanted, state);
  const isSecret = wanted.text instanceof Secret;
  const text = wanted.text instanceof Secret ? wanted.text.reveal() : wanted.text;
  const edit = { bytes: Buffer.from(text), what: whatOf(wanted, state) };
  const options = { ...wanted.attributes, create: true, secret: isSecret };
  const edits = planEdit(wanted.path, state.file, edit, options);
  const sends = edits.find((change) => change.sends)?.sends;
  // Checked before anything is done: the first change may make a folder.
  const checked = edits.map((change, index) =>
    sends && index === 0
      ? { ...change, sends, apply: lines([verifyUnit(draftOf(wanted), wanted.verification), change.apply]) }
      : change,
  );
  const last = checked.length - 1;
  const changes = checked.map((change, index) =>
    sends && index === last ? written(wanted, text, state.unit, change) : change,
  );
  return sends || !isUnread(wanted, state.unit) ? changes : [...changes, readAnew(wanted, state.unit)];
}

/** The change that removes a unit's file, or none. `unit` is what is known of it afterwards, where that is certain. */
export function planUnitGone(
  { unit: name, path: file }: Pick<UnitFile, 'unit' | 'path'>,
  state: UnitFileState,
  after: UnitAnswer | null,
): readonly Change[] {
  refuseOtherInit(state.unit);
  const { at, now } = state.file;
  if (at.kind === 'absent') return [];
  if (at.kind === 'directory') throw new CannotPlan(`${file} is a directory`);
  return [
    {
      what: `remove ${file}`,
      diff: { before: now.kind === 'text' ? diffText(now.bytes) : `(${at.kind})\n`, after: null, file },
      touches: [`path:${file}`, ...touched(name)],
      saves: [file],
      apply: lines([sh`rm -f -- ${file} || exit 1`, daemonReload]),
      undo: lines([restoreFile(file, saved(0)), daemonReload]),
      predicts: [
        predict({ fact: path, subject: { path: file } }, { kind: 'absent', parent: 'directory' }),
        predict({ fact: content, subject: { path: file, whole: true } }, { kind: 'absent' }),
        ...(after ? [predict({ fact: unit, subject: { name } }, after)] : []),
      ],
    },
  ];
}

const daemonReload = sh`systemctl daemon-reload`;

function refuseOtherInit({ manager }: UnitAnswer): void {
  if (manager === 'systemd') return;
  throw new CannotPlan(`this host is run by ${manager}, not by systemd`, {
    next: 'keep its service script with `copy` and `systemd`, or its crontab',
  });
}

function refuseUnwritable(
  { unit: name, path: file, isDropIn }: UnitFile,
  { file: { at }, unit: seen }: UnitFileState,
): void {
  refuseOtherInit(seen);
  if (at.kind !== 'link') return;
  if (at.target === '/dev/null') {
    throw new CannotPlan(`${name} is masked: ${file} leads to /dev/null`, {
      next: `unmask it first: systemd: {name: ${name}, masked: false}`,
    });
  }
  throw new CannotPlan(`${file} is a link to ${at.target ?? ''}, which is not to be overwritten`, {
    next: isDropIn
      ? 'name the file that it leads to'
      : `name ${nameOf(at.real ?? at.target ?? '')}, or give \`drop_in\``,
  });
}

function whatOf({ path: file, isDropIn }: UnitFile, state: UnitFileState): string {
  if (editable(file, state.file) !== null) return `replace ${file}`;
  const { unit: seen } = state;
  const vendors = seen.manager === 'systemd' && seen.load === 'loaded' ? seen.fragmentPath : '';
  return `write ${file}${isDropIn || vendors === '' || vendors === file ? '' : `, in place of ${vendors}`}`;
}

// A reload also reads what else has changed; to say so would leave nothing known of any unit in check mode. What is done
// about a unit that was read in passing is done twice, which is harmless. Of a template, all instances change.
function touched(name: string): readonly Key[] {
  return isUnitName(name) ? [`unit:${name}`] : [`unit:${name}`, unitFiles];
}

function draftOf({ unit: name, path: file, isDropIn }: UnitFile): UnitDraft {
  return { unit: name, source: sent(0), dropIn: isDropIn ? nameOf(file) : undefined };
}

function written(wanted: UnitFile, text: string, seen: UnitAnswer, change: Change): Change {
  const { unit: name } = wanted;
  const touches = change.touches === '*' ? '*' : [...change.touches, ...touched(name)];
  return {
    ...change,
    touches,
    apply: lines([change.apply, daemonReload]),
    undo: andReload(change.undo),
    predicts: [...(change.predicts ?? []), ...predicted(wanted, text, seen)],
  };
}

function andReload(undo: Undo): Undo {
  return 'text' in undo ? lines([undo, daemonReload]) : undo;
}

function predicted(
  { unit: name, path: file, isDropIn }: UnitFile,
  text: string,
  seen: UnitAnswer,
): Prediction[] {
  if (seen.manager !== 'systemd' || !isUnitName(name) || seen.load === 'masked') return [];
  if (!isDropIn) return [predict({ fact: unit, subject: { name } }, unitAsRead(text, file, seen))];
  if (seen.load !== 'loaded' || !leavesUnitAsTold(text)) return [];
  return [predict({ fact: unit, subject: { name } }, { ...seen, needDaemonReload: false })];
}

/** The file is as it should be, but systemd still goes by an older one. */
function isUnread({ unit: name, isDropIn }: UnitFile, seen: UnitAnswer): boolean {
  if (seen.manager !== 'systemd' || !isUnitName(name)) return false;
  return seen.needDaemonReload || (seen.load === 'not-found' && !isDropIn);
}

function readAnew(wanted: UnitFile, seen: UnitAnswer): Change {
  const text = wanted.text instanceof Secret ? wanted.text.reveal() : wanted.text;
  return {
    what: `let systemd read ${wanted.path} anew`,
    diff: { before: 'read before it changed', after: 'read' },
    touches: touched(wanted.unit),
    apply: daemonReload,
    undo: daemonReload,
    predicts: predicted(wanted, text, seen),
  };
}
