import { chmod, chown, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const owner = 1000;
const numbers = Array.from({ length: 10 }, (_, index) => index + 1);

/** What the work is done on, seen from the host's own root, unless it is said to be elsewhere. */
const root = '/home/ops/bench';
const rootsFolder = '/etc/fettle-bench';

/** Path → what is there: kind, mode, owner and content. */
export type Tree = ReadonlyMap<string, string>;

/** Gives a host the files that the work starts from; `files` is the host's root as this machine sees it. */
export async function putStart(files: string, at = root): Promise<void> {
  for (const path of [at, rootsFolder, '/home/ops/.local', '/home/ops/.ansible', '/var/lib/fettle'])
    await rm(files + path, { recursive: true, force: true });
  for (const path of ['', '/srv', '/env', '/conf']) await putFolder(files + at + path);
  for (const n of numbers) {
    const path = `${files}${at}/conf/app${n}.conf`;
    await writeFile(path, configuration(0));
    await chmod(path, 0o644);
    await chown(path, owner, owner);
  }
}

/** What thirty.yml and thirty.sh must have made of it. */
export function thirtyWanted(at = root): Tree {
  const tree = new Map<string, string>();
  for (const path of ['', '/srv', '/env', '/conf']) tree.set(at + path, 'folder 755 1000');
  for (const n of numbers) {
    tree.set(`${at}/srv/app${n}`, 'folder 750 1000');
    tree.set(`${at}/env/app${n}.env`, `file 640 1000 APP=app${n}\nPORT=${8000 + n}\n`);
    tree.set(`${at}/conf/app${n}.conf`, `file 644 1000 ${configuration(n)}`);
  }
  return tree;
}

/** What mixed.yml and mixed.sh must have made of it. */
export function mixedWanted(): Tree {
  const tree = new Map<string, string>();
  for (const path of ['', '/srv', '/env', '/conf']) tree.set(root + path, 'folder 755 1000');
  for (const n of numbers) tree.set(`${root}/conf/app${n}.conf`, `file 644 1000 ${configuration(0)}`);
  tree.set(`${root}/mixed`, 'folder 750 1000');
  tree.set(`${root}/mixed/system`, 'file 640 1000 debian\n');
  tree.set(rootsFolder, 'folder 700 0');
  tree.set(`${rootsFolder}/settings`, 'file 600 0 workers=4\nlimit=10\n');
  return tree;
}

/** What is on the host now. */
export async function readTree(files: string, at = root): Promise<Tree> {
  return read(files, at, ({ mode, uid }, content) => {
    const bits = (mode & 0o7777).toString(8);
    return content === undefined ? `folder ${bits} ${uid}` : `file ${bits} ${uid} ${content}`;
  });
}

/** When anything there was last written or changed: equal before and after means that nothing was touched. */
export async function readTimes(files: string, at = root): Promise<Tree> {
  return read(files, at, ({ ino, mtimeNs, ctimeNs }) => `${ino} ${mtimeNs} ${ctimeNs}`);
}

/** Throws with the first difference. */
export function mustEqual(found: Tree, wanted: Tree, where: string): void {
  for (const path of new Set([...wanted.keys(), ...found.keys()])) {
    const [is, should] = [found.get(path), wanted.get(path)];
    if (is !== should)
      throw new Error(`${where}: ${path} is ${JSON.stringify(is)}, and should be ${JSON.stringify(should)}`);
  }
}

interface Status {
  readonly mode: number;
  readonly uid: number;
  readonly ino: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

async function read(
  files: string,
  at: string,
  tell: (status: Status, content?: string) => string,
): Promise<Tree> {
  const tree = new Map<string, string>();
  const visit = async (path: string): Promise<void> => {
    const full = files + path;
    const status = await lstat(full, { bigint: true }).catch(() => null);
    if (status === null) return;
    const told = { ...status, mode: Number(status.mode), uid: Number(status.uid) };
    if (!status.isDirectory()) {
      tree.set(path, tell(told, await readFile(full, 'utf8')));
      return;
    }
    tree.set(path, tell(told));
    for (const name of await readdir(full)) await visit(join(path, name));
  };
  await visit(at);
  await visit(rootsFolder);
  return tree;
}

async function putFolder(path: string): Promise<void> {
  await mkdir(path);
  await chmod(path, 0o755);
  await chown(path, owner, owner);
}

function configuration(workers: number): string {
  const lines = ['# An application', 'listen=0.0.0.0', `workers=${workers}`, 'timeout=30'];
  return [...lines, ...numbers.map((n) => `option.${n}=value ${n}`), ''].join('\n');
}
