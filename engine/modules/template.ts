import { type Static, Type } from 'typebox';
import type { Change } from '../contract/change.ts';
import { fileArguments, followArgument, forceArgument, modeOrPreserve } from '../contract/file_arguments.ts';
import { nameOf, tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { hostPath, type RenderedFile, templateFile } from '../contract/schema.ts';
import { type NewContent, sha256Of } from '../facts/new_content.ts';
import { askDestination, type Destination, putAt } from '../facts/put_file.ts';
import { Secret } from '../shell/secret.ts';

const args = Type.Object(
  {
    src: templateFile(
      'A template of the controller: UTF-8 text with `{{ name }}` in it. A relative one lies in the folder `templates/` beside the playbook or of the role, or beside the playbook.',
    ),
    dest: hostPath('Where to put it. With a trailing slash, or where it is a directory: into it.'),
    owner: fileArguments.owner,
    group: fileArguments.group,
    mode: modeOrPreserve,
    force: forceArgument,
    backup: fileArguments.backup,
    validate: fileArguments.validate,
    newline_sequence: Type.Optional(
      Type.Union([Type.Literal('\n'), Type.Literal('\r'), Type.Literal('\r\n')], {
        description:
          'What ends each line: "\\n", "\\r" or "\\r\\n". Without it, ends of line stay as they are.',
      }),
    ),
    follow: followArgument,
    links: fileArguments.links,
  },
  { additionalProperties: false },
);

export type TemplateArgs = Omit<Static<typeof args>, 'src'> & { readonly src: RenderedFile };

/** A file made of a template. */
export const template: Module<TemplateArgs, Destination> = {
  kind: 'resource',
  name: 'template',
  summary: 'Puts a template of the controller on the host, filled with its variables.',
  args,
  notes: [
    'Templates are Handlebars, as the texts of a playbook: `{{#if a}}…{{else}}…{{/if}}`, `{{#each list as |one|}}…{{/each}}`, `{{!-- said to nobody --}}`. A line with nothing but a block’s tag leaves no line behind.',
    'What is wrong in the template, and names in it that have no value, are told with its line before any host is touched; where the path is itself a template, when the task is reached.',
    'A new file gets mode 0644 (0600 where a secret is in it), whatever the umask. The difference to a file with a secret in it is not shown.',
    'The name of the file is not changed where `dest` is a directory: `motd.j2` stays `motd.j2`.',
    'Symbolic links at `dest` are followed unless `follow: false`; Ansible replaces them.',
  ],
  probe(wanted) {
    const name = nameOf(tidyPath(wanted.src.path));
    const into = wanted.dest.endsWith('/');
    return askDestination(tidyPath(wanted.dest), { name, into }, sha256Of(contentOf(wanted)));
  },
  plan: planTemplate,
  result: (_args, { place }) => ({ dest: place.path }),
};

function planTemplate(wanted: TemplateArgs, state: Destination): readonly Change[] {
  const { src, dest: _dest, newline_sequence: _ends, mode, ...options } = wanted;
  return putAt(
    state,
    contentOf(wanted),
    { ...options, mode: mode === 'preserve' ? src.mode : mode },
    { owner: wanted.owner, group: wanted.group },
  );
}

function contentOf({ src, newline_sequence: end }: TemplateArgs): NewContent {
  const ended = (text: string): string => (end === undefined ? text : text.replaceAll(/\r\n|\r|\n/g, end));
  const { text } = src;
  if (text instanceof Secret) return { kind: 'bytes', bytes: new Secret(ended(text.reveal())) };
  return { kind: 'bytes', bytes: Buffer.from(ended(text)) };
}
