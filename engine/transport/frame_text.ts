import { quote } from '../shell/script.ts';

/** What every text of one shell has in common. */
export interface Dialect {
  /** 128 random bits in hex that frame the output; no script of the user's ever sees it. */
  readonly nonce: string;
  /** The name of the ACT folder; has nothing to do with the nonce. */
  readonly folder: string;
  /** The command that runs a script file. */
  readonly shell: string;
  /** Standard output and standard error arrive as one stream (a pty). */
  readonly merged: boolean;
  /** Bytes of an ACT's stream that travel. */
  readonly cap: number;
}

/**
 * The first text of a shell: no forks. Looked up with an empty PATH, only builtins are found;
 * an external printf would put content on an argument list.
 */
export function bootText({ nonce, merged, cap }: Dialect): string {
  const toError = merged ? '' : '>&2';
  return [
    'set +aefuvx;_fp=$PATH;PATH=/-',
    '{ if command -v printf;then _fw(){ printf %b "$1";};elif command -v print;then _fw(){ print -n -- "$1";};else exit 69;fi;} >/dev/null 2>&1',
    'PATH=$_fp',
    // A broken pipe ends the shell: frames that wait behind it must not run unseen.
    `_fo(){ _fw "${nonce}.$1<"||exit 129;${merged ? '' : `_fw "${nonce}.$1[" >&2||exit 129;`}}`,
    `_fe(){ _fw "${nonce}.$1>$2 $3\\n${merged ? `${nonce}.$1[` : ''}"||exit 129` +
      `;if [ -s "$4" ];then head -c ${cap + 1} "$4" ${toError};true >"$4";fi;_fw "${nonce}.$1]\\n" ${toError}||exit 129;}`,
    '',
  ].join('\n');
}

/** Statuses of the frame of `setupText`. */
export const setupStatus = { done: 0, noFolder: 1, noSetsid: 2, noHead: 3 } as const;

/** A frame that makes the ACT folder and defines what an ACT needs: one fork. */
export function setupText(sequence: number, { folder, cap }: Dialect): string {
  return [
    // Only folders that nobody else can rename things in: our own, or sticky ones.
    `_fi(){ _F=/dev/null/fettle;command -v head >/dev/null||return ${setupStatus.noHead};command -v setsid >/dev/null||return ${setupStatus.noSetsid};_F=`,
    `for _d in "$XDG_RUNTIME_DIR" /run /dev/shm /tmp;do case $_d in '') continue;;/dev/shm|/tmp) ;;*) [ -O "$_d" ]||continue;;esac`,
    `[ -w "$_d" ]||continue;_F=$_d/${folder};(umask 077;exec mkdir "$_F") 2>/dev/null&&break;_F=;done`,
    // Below /dev/null nothing can be written, so that what was sent behind a failed set-up fails too.
    `[ -n "$_F" ]||{ _F=/dev/null/fettle;return ${setupStatus.noFolder};}`,
    'umask >"$_F/u";read -r _U <"$_F/u";command -v setsid >"$_F/u";read -r _S <"$_F/u";}',
    // Some shells run this in a subshell that a signal ends; only the shell itself may remove the folder.
    `trap 'read -r _p _x </proc/self/stat;[ "\${_p:-$$}" != $$ ]||rm -rf "$_F" \${_D:+"$_D"}' EXIT`,
    'trap "exit 129" PIPE;trap : HUP INT TERM',
    clockText,
    `_fr(){ _t=0;[ "$2" -le 256 ]&&_c=$2||_c=$(($2-128))`,
    '{ if [ -e "$_F/t$3" ];then _t=1;wait "$_k";else kill -s USR1 "$_k";wait "$_k";fi;} 2>/dev/null',
    `_fo "$1";if [ -s "$_F/o$3" ];then head -c ${cap + 1} "$_F/o$3";true >"$_F/o$3";fi;true >"$_F/s$3";_fe "$1" "$_c" "$_t" "$_F/e$3";}`,
    `_fo ${sequence};_fi;_fe ${sequence} $? 0`,
    '',
  ].join('\n');
}

/**
 * `_fk ID LIMIT` starts a frame's clock: after the limit it ends the whole process session, TERM first and KILL
 * after five seconds. USR1 stops it: a signal that is the default's until the clock catches it, so that it
 * cannot be lost on a clock that has not yet begun. `$!` is an earlier frame's until its sleep is there. TERM stops it
 * as well, since a host that shuts down would wait for it.
 * Where the shell is gone too by then, nobody else removes the folder.
 */
const clockText = [
  `_fk(){ (trap - EXIT;y=$!;trap '' HUP INT;trap '[ "$!" = "$y" ]||kill -s KILL "$!";exit' USR1 TERM`,
  'sleep "$2"& wait "$!"||exit;true >"$_F/t$1";read -r p <"$_F/p$1"',
  'a(){ n=1;for f in /proc/[0-9]*;do read -r l <"$f/stat"||continue;set -- ${l##*") "};[ "$4" = "$p" ]||continue;[ "$1" = Z ]&&continue',
  'n=0;[ -z "$s" ]||kill -s "$s" "${f#/proc/}";done;[ -z "$s" ]||kill -s "$s" -- "-$p";return $n;}',
  's=TERM;a;s=;for i in .1 .2 .3 .4 1 1 1 1;do a||break;sleep $i||sleep 1;done;s=KILL;a;kill -0 $$||rm -rf "$_F"',
  ')</dev/null >/dev/null 2>&1& _k=$!;}',
].join('\n');

/** A LOOK frame of fettle's own text, given as shell source that `eval` takes. */
export function lookText(sequence: number, source: string, { merged }: Dialect): string {
  const toFile = merged ? ' 2>"$_F/e"' : '';
  return (
    `_fo ${sequence};(umask 077;LC_ALL=C;export LC_ALL;eval ${quote(source)})</dev/null${toFile}` +
    `;_fe ${sequence} $? 0${merged ? ' "$_F/e"' : ''}\n`
  );
}

/** The status of a frame whose files could not be written on the host (EX_IOERR). */
export const notWritten = 74;

/** What an ACT frame is made of; every word is already shell text. */
export interface ActText {
  /** What sets the names of its files apart from other frames'. */
  readonly id: number;
  readonly timeout: number;
  /** Files of the frame by `printf`: path below the ACT folder → escaped content. */
  readonly files: readonly { readonly path: string; readonly word: string }[];
  readonly environment: readonly (readonly [name: string, value: string])[];
  /** The staging folder below the ACT folder; null where nothing is staged. */
  readonly stage: string | null;
  readonly stdin: string | null;
  /** Some of what is staged is too large for a tmpfs and lies on disk, linked from the staging folder. */
  readonly onDisk: boolean;
}

/**
 * An ACT frame: forks are the script, the clock with its sleep, one `head` for each stream that is not empty,
 * and one `rm` where something was staged.
 */
export function actText(sequence: number, act: ActText, { shell }: Dialect): string {
  const { id } = act;
  const writes = act.files.map(({ path, word }) => `_fw ${word} >${inFolder(path)}&&`).join('');
  const environment = act.environment
    .map(([name, value]) => `${name}=${quote(value)};export ${name};`)
    .join('');
  const stage = act.stage === null ? '' : `FETTLE_STAGE=$2/${quote(act.stage)};export FETTLE_STAGE;`;
  const stdin = act.stdin === null ? '/dev/null' : inFolder(act.stdin);
  // The subshell becomes the script; its process is the session that the clock may have to end. Where it is no
  // process of its own yet (ksh), one that is has to tell.
  const begin =
    `read -r _p _x </proc/self/stat;set -- "$_S" "$_F" "$_p";${environment}${stage}case $3 in ` +
    `''|$$) exec "$1" ${shell} -c 'echo $$ >"$0/p${id}";exec ${shell} "$0/s${id}"' "$2";;` +
    `*) echo "$3" >"$2/p${id}";exec "$1" ${shell} "$2/s${id}";;esac`;
  return [
    `umask 077;if ${writes}true >"$_F/o${id}" 2>"$_F/e${id}";then umask "$_U"`,
    // In the foreground: a background job would hand SIGINT and SIGQUIT on as ignored.
    `_fk ${id} ${Math.ceil(act.timeout)};(${begin}) <${stdin} >"$_F/o${id}" 2>"$_F/e${id}"`,
    `_fr ${sequence} $? ${id}`,
    `else umask "$_U";true >"$_F/s${id}";_fo ${sequence};_fe ${sequence} ${notWritten} 2;fi`,
    unstageText(act),
  ].join('\n');
}

/** Removes what was staged for a frame; also where the frame itself could not be sent. */
export function unstageText({ stage, onDisk }: ActText): string {
  if (stage === null) return '';
  return `rm -rf ${inFolder(stage)}${onDisk ? ` "$_D"/${stage}` : ''}\n`;
}

/** Makes the staging folders of one send: one fork, two where some are on disk too. */
export function stagesText(
  stages: readonly string[],
  onDisk: readonly string[],
  { folder }: Dialect,
): string {
  const make = stages.length === 0 ? '' : `(umask 077;exec mkdir ${stages.map(inFolder).join(' ')})\n`;
  if (onDisk.length === 0) return make;
  return `${make}_D=/var/tmp/${folder};(umask 077;exec mkdir -p ${onDisk.map((stage) => `"$_D"/${stage}`).join(' ')})\n`;
}

/** What a shell says when raw bytes may follow; longer than any marker, so that none can be mistaken for it. */
const ready = 'ready'.repeat(16);

/**
 * A frame that takes `size` raw bytes from the shell's own input into a file, once it has said so.
 * Not one of them may be left for the shell to read as a command: where the disk is full the rest is read
 * all the same, and where reading itself breaks the shell ends.
 */
export function streamText(
  sequence: number,
  stream: { path: string; size: number; onDisk: boolean },
): string {
  const file = stream.onDisk ? `"$_D"/${quote(stream.path)}` : inFolder(stream.path);
  const link = stream.onDisk ? `&&ln -s ${file} ${inFolder(stream.path)}` : '';
  // One line: a shell that reads byte by byte would leave a second one to `head`.
  return (
    `umask 077;_fo ${sequence};{ { _fw ${ready} >&9;head -c ${stream.size}||kill -s KILL $$;}|` +
    `{ cat >${file}||{ cat >/dev/null;true >${file};false;};}${link};} 9>&1;_c=$?;umask "$_U";_fe ${sequence} $_c 0\n`
  );
}

function inFolder(path: string): string {
  return `"$_F"/${quote(path)}`;
}
