import { type Static, Type } from 'typebox';
import { CannotPlan } from '../contract/change.ts';
import { sha256 } from '../contract/digest.ts';
import type { Fact } from '../contract/fact.ts';
import { isBelow, tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { ask } from '../contract/probe.ts';
import { hostPath } from '../contract/schema.ts';
import { sh } from '../shell/script.ts';

const args = Type.Object(
  { src: hostPath('The file on the host; links are followed.') },
  { additionalProperties: false },
);

export type SlurpArgs = Static<typeof args>;

/** What a file held when it was read. */
export type Slurped =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'absent' | 'directory' | 'other' | 'unreadable' | 'large' };

const largest = 16 * 1024 * 1024;

/** A file's content, for `register`. */
export const slurp: Module<SlurpArgs, Slurped> = {
  kind: 'resource',
  tells: true,
  name: 'slurp',
  summary: 'Tells what a file of the host holds; changes nothing.',
  args,
  notes: [
    '`content` is base64, as in Ansible; `text` is the same as text, where it is UTF-8.',
    'A file may have up to 16 MiB; `fetch` brings one to the controller’s disk.',
  ],
  probe: ({ src }) => ask(slurped, tidyPath(src)),
  plan({ src }, state) {
    if (state.kind === 'bytes') return [];
    const missing = state.kind === 'absent' ? ({ missing: `path:${tidyPath(src)}` } as const) : {};
    throw new CannotPlan(whyNot(src, state.kind), missing);
  },
  result({ src }, state) {
    if (state.kind !== 'bytes') return {};
    const { bytes } = state;
    const text = bytes.toString('utf8');
    return {
      source: src,
      encoding: 'base64',
      content: bytes.toString('base64'),
      ...(Buffer.from(text, 'utf8').equals(bytes) ? { text } : {}),
    };
  },
};

/** Read to its end whatever size it says it has: files of /proc say none. */
const slurped: Fact<string, Slurped> = {
  name: 'slurped',
  id: (path) => path,
  about: (path) => [`path:${path}`],
  ask: ([path = '']) => sh`p=${path}
if [ -d "$p" ]; then echo d
elif [ -f "$p" ]; then if [ -r "$p" ]; then echo b; head -c ${largest + 1} -- "$p"; else echo u; fi
elif [ -e "$p" ]; then echo o
else
c=a u=$p
while [ -n "$u" ]; do u=\${u%/*}; if [ -d "\${u:-/}" ]; then [ -x "\${u:-/}" ] || c=u; break; fi; done
echo $c
fi`,
  parse(output, [path]) {
    const bytes = output.subarray(2);
    switch (output.toString('latin1', 0, 2)) {
      case 'b\n':
        return [bytes.length > largest ? { kind: 'large' } : { kind: 'bytes', bytes }];
      case 'a\n':
        return [{ kind: 'absent' }];
      case 'd\n':
        return [{ kind: 'directory' }];
      case 'o\n':
        return [{ kind: 'other' }];
      case 'u\n':
        return [{ kind: 'unreadable' }];
      default:
        throw new Error(`nothing was told of ${path}`);
    }
  },
  lasting: (answer) => (answer.kind === 'bytes' ? sha256(answer.bytes) : answer.kind),
  under: (path, ancestor) => (isBelow(path, ancestor) ? { kind: 'absent' } : undefined),
  chunk: 1,
};

function whyNot(src: string, kind: Exclude<Slurped['kind'], 'bytes'>): string {
  switch (kind) {
    case 'absent':
      return `there is no ${src} on the host`;
    case 'directory':
      return `${src} is a directory, not a file`;
    case 'other':
      return `${src} is no regular file`;
    case 'unreadable':
      return `${src} cannot be read: become a user who may`;
    case 'large':
      return `${src} has more than 16 MiB; \`fetch\` is for long files`;
  }
}
