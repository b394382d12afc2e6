import { describe, expect, test } from 'vitest';
import type { Include } from '../../engine/load/playbook.ts';
import { load, outline } from './playbook_folder.ts';

const words = (text: string) => text.split(/[ ,]+/).filter((word) => word !== '');

const chosen = (tags: string, skipTags = '') => ({
  selection: { tags: words(tags), skipTags: words(skipTags) },
});

const namesOf = (steps: Parameters<typeof outline>[0]) =>
  outline(steps).filter((name) => name !== 'flush handlers');

describe('tags', () => {
  // What `ansible-playbook --list-tasks` of ansible-core 2.14 lists for the same playbook.
  test.each<[tags: string, skipTags: string, left: string]>([
    ['', '', 'none a b ab always always_a'],
    ['a', '', 'a ab always always_a never_a'],
    ['a,b', '', 'a b ab always always_a never_a'],
    ['all', '', 'none a b ab always always_a'],
    ['tagged', '', 'a b ab always always_a'],
    ['untagged', '', 'none always always_a'],
    ['never', '', 'always always_a never never_a'],
    ['always', '', 'always always_a'],
    ['', 'a', 'none b always'],
    ['', 'always', 'none a b ab'],
    ['', 'tagged', 'none'],
    ['', 'untagged', 'a b ab always always_a'],
    ['', 'all', 'always always_a'],
    ['a', 'b', 'a always always_a never_a'],
    ['a', 'always', 'a ab never_a'],
    ['untagged,b', '', 'none b ab always always_a'],
    ['tagged', 'a', 'b always'],
    ['', 'never', 'none a b ab always always_a'],
    ['', 'all,always', ''],
    ['never', 'a', 'always never'],
  ])('--tags "%s" --skip-tags "%s"', async (tags, skipTags, left) => {
    const { play } = await load(
      `
- hosts: all
  tasks:
    - {name: none, debug: {}}
    - {name: a, debug: {}, tags: a}
    - {name: b, debug: {}, tags: [b]}
    - {name: ab, debug: {}, tags: [a, b]}
    - {name: always, debug: {}, tags: always}
    - {name: always_a, debug: {}, tags: [always, a]}
    - {name: never, debug: {}, tags: never}
    - {name: never_a, debug: {}, tags: [never, a]}
`,
      tags === '' && skipTags === '' ? {} : chosen(tags, skipTags),
    );
    expect(namesOf(play.steps)).toEqual(words(left));
  });

  const block = `
- hosts: all
  tasks:
    - block:
        - {name: a, debug: {}, tags: a}
        - {name: b, debug: {}, tags: b}
      rescue:
        - {name: rescue, debug: {}}
      always:
        - {name: clean, debug: {}, tags: clean}
        - {name: never, debug: {}, tags: never}
`;

  test.each<[tags: string, skipTags: string, left: unknown]>([
    ['a', '', [{ block: [['a'], ['rescue'], ['clean', 'never']] }]],
    ['', 'b,clean', [{ block: [['a'], ['rescue'], ['clean', 'never']] }]],
    ['clean', '', [{ block: [[], [], ['clean']] }]],
    ['other', '', []],
  ])(
    'never drop `rescue` or `always` of a block with a task that is meant: --tags "%s" --skip-tags "%s"',
    async (tags, skipTags, left) => {
      const { play } = await load(block, chosen(tags, skipTags));
      expect(namesOf(play.steps)).toEqual(left);
    },
  );

  const files = {
    'site.yml': `
- hosts: all
  tasks:
    - import_tasks: a.yml
      tags: imported
    - include_tasks: a.yml
      tags: included
    - include_tasks: {file: a.yml, apply: {tags: applied}}
      tags: applied
    - include_tasks: "{{ x }}.yml"
      tags: later
  handlers:
    - {name: h, debug: {}, tags: never}
`,
    'a.yml': '- {name: plain, debug: {}}\n- {name: deep, debug: {}, tags: deep}\n',
  };

  test.each<[tags: string, left: unknown]>([
    ['imported', ['plain', 'deep']],
    ['applied', [{ include_tasks: ['plain', 'deep'] }]],
    ['included,deep', ['deep', { include_tasks: ['deep'] }]],
  ])(
    'on an import are inherited, on an include choose the include, `apply` passes them on: --tags %s',
    async (tags, left) => {
      const { play, warnings } = await load(files, chosen(tags));
      expect(namesOf(play.steps)).toEqual(left);
      expect([warnings, outline(play.handlers)]).toEqual([[], ['h']]);
    },
  );

  test('a tagged include none of whose tasks would run is told of', async () => {
    const { play, warnings } = await load(files, chosen('included'));
    expect(namesOf(play.steps)).toEqual([{ include_tasks: [] }]);
    expect(warnings).toEqual([
      [
        'site.yml:6:7: None of the tasks that this `include_tasks` brings has a tag that is asked for',
        '    - include_tasks: a.yml',
        '      ^',
        '  Tags beside an include choose only the include itself: give its tasks some with `apply: {tags: […]}`.',
      ].join('\n'),
    ]);
  });

  test('choose among what is included when it is reached', async () => {
    const { play } = await load(files, chosen('later,deep'));
    const include = play.steps.find((step) => step.kind === 'include') as Include;
    const included = await include.load('a.yml');
    expect(outline(included.steps)).toEqual(['deep']);
    expect(await include.load('a.yml')).toBe(included);
  });

  test('of a play and of a role are those of their tasks', async () => {
    const roles = {
      'roles/r/tasks/main.yml': '- {name: r, debug: {}, tags: own}\n',
      'site.yml':
        '- hosts: all\n  tags: play\n  roles: [{role: r, tags: role}]\n  tasks: [{name: t, debug: {}}]\n',
    };
    for (const [tags, left] of [
      ['play', ['r', 't']],
      ['role', ['r']],
      ['own', ['r']],
    ] as const)
      expect(namesOf((await load(roles, chosen(tags))).play.steps)).toEqual(left);
  });
});
