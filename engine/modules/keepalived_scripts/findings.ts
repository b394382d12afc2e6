import type { Analysis } from './analysis.ts';
import { keptInDomain } from './domain.ts';
import type { Look } from '../../facts/keepalived.ts';
import { droppedScripts } from './plan.ts';
import type { Configuration } from './readings.ts';
import { defaultUser, scriptUserOf } from './run_as.ts';
import { bugsOf } from './script_bugs.ts';
import { isSecured } from './security_edits.ts';
import { hostText, isSkipped, seenAt } from './tree_of.ts';
import { isCheck, type Use } from './uses.ts';

/** Everything that a person should look at, a line each; none of it makes a task fail. */
export function findingsOf(analysis: Analysis, look: Look): readonly string[] {
  return [
    ...new Set([
      ...analysis.now.flatMap(({ problems }) => problems.map((problem) => `${analysis.config}: ${problem}`)),
      ...skippedFiles(analysis, look),
      ...analysis.fates.flatMap(({ use, fate }) =>
        fate.kind === 'stays' && fate.why !== undefined
          ? [`${whereOf(use, analysis)}: ${fate.path} ${fate.why}`]
          : [],
      ),
      ...analysis.stuck.map(
        (use) =>
          `${whereOf(use, analysis)}: ${commandOf(use)} cannot be rewritten alone (a parameter, or quotes in its midst): write the path out there`,
      ),
      ...analysis.now.flatMap(({ uses }) => uses.flatMap((use) => shellText(use, analysis))),
      ...domainFindings(analysis),
      ...userFindings(analysis, look),
      ...scriptFindings(analysis, look),
    ]),
  ];
}

/** "/etc/keepalived/keepalived.conf:12" */
function whereOf({ statement }: Use, { before }: Analysis): string {
  const origin = statement.line.from.find((own) => own.length > 0);
  const place = origin?.at(-1);
  const file = place && before.files[place.file];
  if (!place || !file) return before.files[0]?.path ?? '';
  return `${file.path}:${(file.text ?? '').slice(0, place.start).split('\n').length}`;
}

function commandOf({ words }: Use): string {
  return words.map(({ chars }) => hostText(chars)).join(' ');
}

// keepalived 1 ran it by system(3), version 2 by execve(2).
function shellText(use: Use, analysis: Analysis): readonly string[] {
  const sign = use.words.slice(1).find(({ chars }) => /^(&&|\|\|?|;|&|[12]?>>?.*|2>&1)$|;$/.test(chars));
  if (!sign || /^(sh|bash)$/.test(use.words[0]?.chars.split('/').at(-1) ?? '')) return [];
  return [
    `${whereOf(use, analysis)}: \`${sign.chars}\` is shell text: keepalived 2 hands it to the script as an argument`,
  ];
}

// A domain is entered by running a file with the label for it; by an interpreter's own label nothing is.
function domainFindings(analysis: Analysis): readonly string[] {
  return analysis.fates.flatMap(({ use, fate }) => {
    const why = keptInDomain(use, fate);
    return why === null ? [] : [`${whereOf(use, analysis)}: ${why}`];
  });
}

function skippedFiles({ config, before }: Analysis, look: Look): readonly string[] {
  const skipped = before.files.flatMap(({ path, text }) =>
    text === null
      ? [
          `${path} is not read: ${seenAt(look, path)?.bytes ? 'it may be executed, and keepalived 2 skips such files' : 'it is no file that can be read'}`,
        ]
      : [],
  );
  const main = isSkipped(seenAt(look, config))
    ? [`${config} may be executed: keepalived 2 skips such files, and so has no configuration at all`]
    : [];
  return [...main, ...skipped];
}

function userFindings({ now }: Analysis, look: Look): readonly string[] {
  const unknown = now.flatMap((one) => {
    const user = scriptUserOf(one)?.words?.[1]?.chars;
    return user !== undefined && user !== 'root' && !look.users.has(user)
      ? [`there is no user ${user} of script_user: keepalived drops every script that has no user of its own`]
      : [];
  });
  const late = now.flatMap((one) =>
    one.statements.some(({ keyword }) => keyword === 'script_user') && !scriptUserOf(one)
      ? [
          `script_user stands behind the first script, where it comes too late: ${look.users.has(defaultUser) ? defaultUser : 'root'} runs it`,
        ]
      : [],
  );
  const dropped = now.some(isSecured)
    ? droppedScripts(now, look).map((one) => `${one} is not root's alone: keepalived drops this script now`)
    : [];
  return [...unknown, ...late, ...dropped];
}

function scriptFindings({ now, fates }: Analysis, look: Look): readonly string[] {
  return fates.flatMap(({ use, configuration, fate }) => {
    const path = hostText(use.words[fate.kind === 'moves' ? fate.drops - 1 : 0]?.chars ?? '');
    const script = fate.kind === 'stays' ? seenAt(look, fate.path) : seenAt(look, path);
    if (!script || now.length === 0 || script.sha256 === undefined) return [];
    const how = { isCheck: isCheck(use), timeout: timeoutOf(use, configuration) };
    return bugsOf(script.bytes, script.followed, how).map((bug) => `${script.path} ${bug}`);
  });
}

/** How long keepalived lets a vrrp_script run: its timeout, else its interval, which is 1 s. */
function timeoutOf(use: Use, { statements }: Configuration): number | undefined {
  const own = (keyword: string) => {
    const said = statements.findLast((one) => one.keyword === keyword && one.block === use.statement.block);
    const value = Number(said?.words?.[1]?.chars);
    return Number.isFinite(value) && value > 0 ? value : undefined;
  };
  if (use.keyword === 'script') return own('timeout') ?? own('interval') ?? 1;
  return use.keyword === 'misc_path' ? own('misc_timeout') : undefined;
}
