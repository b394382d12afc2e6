import { describe, expect, test } from 'vitest';
import type { Ended } from './ended.ts';
import { oneFleet } from './one_fleet.ts';

const { run } = oneFleet(4);
const names = ['h1', 'h2', 'h3', 'h4'];

const statuses = (ended: Ended): readonly string[] => names.map((name) => ended.host(name).status);
const said = (ended: Ended): readonly (readonly string[])[] => names.map((name) => ended.said(name));

/** Stops after the first event that is waited for. */
function stopAfter(isIt: (text: string, host: string) => boolean) {
  let stop = false;
  return {
    interrupted: () => stop,
    onEvent: (event: Ended['events'][number]) => {
      if (event.event === 'task_ended' && isIt(event.task, event.host)) stop = true;
    },
  };
}

describe('semantics.md: `run_once`', () => {
  test('a host that leaves its block before it keeps nobody waiting', async () => {
    const ended = await run(`
- block:
    - mark: { msg: breaks, ends: failed }
      when: inventory_hostname == 'h1'
    - mark: once {{ inventory_hostname }}
      run_once: true
  rescue:
    - mark: rescued
- mark: "{{ hostvars.h4.inventory_hostname }}"
`);
    expect(said(ended)).toEqual([['breaks', 'rescued', 'h4'], ['once h2', 'h4'], ['h4'], ['h4']]);
  });

  test('in what an include brings only some hosts: the first of those', async () => {
    const ended = await run(
      `
- include_tasks: once.yml
  when: inventory_hostname != 'h1'
- mark: after
`,
      {
        play: 'strategy: linear',
        files: { 'once.yml': '- mark: once {{ inventory_hostname }}\n  run_once: true\n- mark: all\n' },
      },
    );
    expect(said(ended)).toEqual([['after'], ['once h2', 'all', 'after'], ['all', 'after'], ['all', 'after']]);
  });

  test('each file that an include brings has its own', async () => {
    const once = '- mark: once {{ inventory_hostname }}\n  run_once: true\n';
    const ended = await run('- include_tasks: "{{ inventory_hostname }}.yml"\n', {
      files: Object.fromEntries(names.map((name) => [`${name}.yml`, once])),
    });
    expect(said(ended)).toEqual(names.map((name) => [`once ${name}`]));
  });

  test('with `loop` and `when`: the first host for which it holds for an item', async () => {
    const ended = await run(`
- mark: "{{ inventory_hostname }} {{ item }}"
  loop: [a, b]
  when: inventory_hostname == 'h3' && item == 'b'
  run_once: true
  register: once
- mark: "{{ once.results.[1].said }}"
`);
    expect(said(ended)).toEqual([['h3 b'], ['h3 b'], ['h3 b', 'h3 b'], ['h3 b']]);
  });

  test('with a `when` that holds for none: its register says that it was skipped', async () => {
    const ended = await run(`
- mark: never
  run_once: true
  when: inventory_hostname == 'nobody'
  register: once
- mark: "{{ once.skipped }}"
`);
    expect(said(ended)).toEqual(Array(4).fill(['true']));
    expect(ended.line('h4')).toEqual(['mark: skipped', 'mark: ok']);
  });

  test('a `when` that is no condition fails the task, and is rescued', async () => {
    const ended = await run(`
- block:
    - mark: never
      run_once: true
      when: inventory_hostname
  rescue:
    - mark: rescued
`);
    expect(said(ended)).toEqual(Array(4).fill(['rescued']));
  });

  test('in check mode its register is as unknown to the others as to the host that has it', async () => {
    const ended = await run(
      `
- command: echo {{ inventory_hostname }}
  run_once: true
  register: once
- mark: "{{ once.stdout }}"
`,
      { check: true },
    );
    expect(names.map((name) => ended.tasks(name).at(-1)?.message)).toEqual(
      Array(4).fill('known only after step 1'),
    );
  });

  test('with `ignore_unreachable` the next host takes it, and nobody waits', async () => {
    const ended = await run(`
- mark: { msg: first, ends: lost }
  when: inventory_hostname == 'h1'
  run_once: true
  ignore_unreachable: true
- mark: { msg: second, ends: lost }
  run_once: true
  ignore_unreachable: true
  register: once
- mark: "{{ hostvars.h4.inventory_hostname }}"
`);
    expect(ended.exit).toBe(0);
  });

  test('a handler that runs once runs after the last notify of its batch', async () => {
    const ended = await run(
      `
- mark: { msg: slow, ends: changed, takes: 0.2 }
  when: inventory_hostname in ['h2', 'h4']
  notify: told
- mark: { msg: quick, ends: changed }
  when: inventory_hostname in ['h1', 'h3']
  notify: told
handlers:
- name: told
  mark: told by {{ inventory_hostname }}
  run_once: true
`,
      { play: 'serial: 2' },
    );
    const said = ended.events.flatMap((event) => (event.event === 'said' ? [event.text] : []));
    expect([said.slice(0, 2).toSorted(), said[2]]).toEqual([['quick', 'slow'], 'told by h1']);
    expect([said.slice(3, 5).toSorted(), said[5]]).toEqual([['quick', 'slow'], 'told by h3']);
    expect(said).toHaveLength(6);
  });

  test('in the gate runs for each batch', async () => {
    const ended = await run(
      '- mark: task\ngate:\n- mark: gate {{ inventory_hostname }}\n  run_once: true\n',
      {
        play: 'serial: 2',
      },
    );
    expect(said(ended)).toEqual([['task', 'gate h1'], ['task'], ['task', 'gate h3'], ['task']]);
  });
});

describe('`throttle` and `delegate_to`: who stands in line', () => {
  test.each(['throttle: 1', 'run_once: true', 'delegate_to: localhost'])(
    '%s: begins nothing once any_errors_fatal stopped the play',
    async (keyword) => {
      const ended = await run(
        `
- command: { cmd: "sh -c 'sleep 0.2; [ {{ inventory_hostname }} != h1 ]'" }
  ${keyword}
`,
        { play: 'any_errors_fatal: true' },
      );
      expect(names.map((name) => ended.line(name))).toEqual([['command: failed'], [], [], []]);
      expect(statuses(ended)).toEqual(['failed', 'blocked', 'blocked', 'blocked']);
    },
  );

  test.each(['throttle: 1', 'run_once: true', 'delegate_to: localhost'])(
    '%s: begins nothing after an interrupt',
    async (keyword) => {
      let stop = false;
      const ended = await run(`- name: one\n  command: { cmd: sleep 0.1, reads: true }\n  ${keyword}\n`, {
        interrupted: () => stop,
        watch: { before: () => void (stop = true) },
      });
      expect(names.map((name) => ended.line(name))).toEqual([['one: ok'], [], [], []]);
      expect(ended.exit).toBe(130);
    },
  );
});

describe('`meta: end_host` and `end_play` in blocks', () => {
  test('`always` of the blocks around it run first', async () => {
    const ended = await run(`
- block:
    - block:
        - meta: end_host
          when: inventory_hostname == 'h1'
        - mark: inner
      always:
        - mark: inner always
    - mark: outer
  always:
    - mark: outer always
- mark: after
`);
    expect(said(ended).slice(0, 2)).toEqual([
      ['inner always', 'outer always'],
      ['inner', 'inner always', 'outer', 'outer always', 'after'],
    ]);
    expect(statuses(ended)).toEqual(Array(4).fill('ok'));
  });

  test('in a `rescue`: the failure counts as rescued', async () => {
    const ended = await run(`
- block:
    - mark: { msg: breaks, ends: failed }
  rescue:
    - meta: end_host
- mark: after
`);
    expect(said(ended)).toEqual(Array(4).fill(['breaks']));
    expect(ended.host()).toMatchObject({ status: 'rescued', counts: { rescued: 1, failed: 0 } });
  });

  test('in an `always` after a failure: the failure counts', async () => {
    const ended = await run(`
- block:
    - mark: { msg: breaks, ends: failed }
  always:
    - meta: end_host
    - mark: never
- mark: after
`);
    expect(statuses(ended)).toEqual(Array(4).fill('failed'));
    expect(ended.exit).toBe(2);
  });

  test('`end_play` of one host does not hide the failure of another', async () => {
    const ended = await run(`
- block:
    - mark: { msg: breaks, ends: failed }
      when: inventory_hostname == 'h1'
  always:
    - mark: { msg: cleans, takes: 0.3 }
      when: inventory_hostname == 'h1'
    - mark: cleaned
- meta: end_play
  when: inventory_hostname == 'h2'
`);
    expect(ended.said('h1')).toEqual(['breaks', 'cleans', 'cleaned']);
    expect(ended.host('h1').status).toBe('failed');
    expect(ended.exit).toBe(2);
  });

  test('a `when` that is no condition fails the host with the place of the `meta`, after `always`', async () => {
    const ended = await run(`
- block:
    - meta: end_host
      when: inventory_hostname
    - mark: never
  always:
    - mark: always
`);
    expect(said(ended)).toEqual(Array(4).fill(['always']));
    expect(ended.tasks()[0]).toMatchObject({
      task: 'meta: end_host',
      module: 'meta',
      status: 'failed',
    });
  });
});

describe('handlers', () => {
  test('`notify` with the item of a loop: the items that changed', async () => {
    const ended = await run(`
- mark: { msg: "{{ item.name }}", ends: "{{ item.ends }}" }
  loop: [{ name: a, ends: changed }, { name: b, ends: ok }, { name: c, ends: changed }]
  notify: restart {{ item.name }}
handlers:
- name: restart a
  mark: a restarted
- name: restart b
  mark: b restarted
- name: restart c
  mark: c restarted
`);
    expect(ended.said()).toEqual(['a', 'b', 'c', 'a restarted', 'c restarted']);
  });

  test('one that failed and ran later is no longer owed', async () => {
    const ended = await run(`
- block:
    - mark: { msg: one, ends: changed }
      notify: told
    - meta: flush_handlers
  rescue:
    - set_fact: { ends: ok }
- mark: { msg: two, ends: changed }
  notify: told
handlers:
- name: told
  mark: { msg: told, ends: "{{ default ends 'failed' }}" }
`);
    expect(ended.said()).toEqual(['one', 'told', 'two', 'told']);
    expect(ended.host()).toMatchObject({ status: 'rescued', owes: [] });
  });

  test('a notify that reaches no handler fails its task: rescued, and `always` runs', async () => {
    const ended = await run(`
- block:
    - mark: { msg: one, ends: changed }
      notify: "{{ name }}"
      vars: { name: nobody }
  rescue:
    - mark: rescued
  always:
    - mark: always
handlers:
- name: told
  mark: told
`);
    expect(ended.said()).toEqual(['one', 'rescued', 'always']);
  });
});

describe('`strategy: linear`', () => {
  test('changes of the next task are not sent ahead', async () => {
    const ended = await run(
      `
- copy: { dest: "{{ at }}/a", content: a }
- copy: { dest: "{{ at }}/b", content: b }
`,
      { play: 'strategy: linear' },
    );
    const order = ended.events.flatMap((event) =>
      event.event === 'change_started' ? [event.what[0]?.slice(-1)] : [],
    );
    expect(order).toEqual(['a', 'a', 'a', 'a', 'b', 'b', 'b', 'b']);
  });
});

describe('semantics.md: `any_errors_fatal`', () => {
  test('stops the others before the failed host has cleaned up; its handlers run where they are forced', async () => {
    const ended = await run(
      `
- mark: { msg: changed, ends: changed }
  notify: told
- block:
    - mark: { msg: breaks, ends: failed, takes: 0.05 }
      when: inventory_hostname == 'h1'
  always:
    - mark: { msg: cleans, takes: 0.6 }
      when: inventory_hostname == 'h1'
- mark: { msg: slow, takes: 0.3 }
- mark: never
handlers:
- name: told
  mark: told
`,
      { play: 'any_errors_fatal: true\nforce_handlers: true' },
    );
    expect(said(ended)).toEqual([
      ['changed', 'breaks', 'cleans', 'told'],
      ['changed', 'slow', 'told'],
      ['changed', 'slow', 'told'],
      ['changed', 'slow', 'told'],
    ]);
    expect(statuses(ended)).toEqual(['failed', 'blocked', 'blocked', 'blocked']);
  });

  test('`any_errors_fatal: false` of a task stands above that of the play', async () => {
    const ended = await run(
      `
- mark: { msg: breaks, ends: failed }
  when: inventory_hostname == 'h1'
  any_errors_fatal: false
- mark: after
`,
      { play: 'any_errors_fatal: true' },
    );
    expect(statuses(ended)).toEqual(['failed', 'ok', 'ok', 'ok']);
  });
});

describe('semantics.md: a host that is lost', () => {
  test('at a task: what an include brings to `always` runs, where it needs no host', async () => {
    const ended = await run(
      `
- block:
    - mark: { msg: lost, ends: lost }
  always:
    - include_tasks: clean.yml
`,
      { files: { 'clean.yml': '- mark: cleaned\n' } },
    );
    expect(said(ended)).toEqual(Array(4).fill(['cleaned']));
    expect(statuses(ended)).toEqual(Array(4).fill('unreachable'));
  });

  test('with `ignore_unreachable`: its register says so', async () => {
    const ended = await run(`
- mark: { msg: lost, ends: lost }
  ignore_unreachable: true
  register: asked
- mark: "{{ asked.unreachable }}"
- mark: fine
  register: asked
- mark: "{{ asked.unreachable }}"
`);
    expect(ended.said()).toEqual(['true', 'fine', 'false']);
  });

  test('in the gate: no further batch begins, whatever max_fail allows', async () => {
    const ended = await run(
      `
- mark: task
gate:
- mark: { msg: gate, ends: lost }
  when: inventory_hostname == 'h2'
`,
      { play: 'serial: 2\nmax_fail: 3' },
    );
    expect(statuses(ended)).toEqual(['ok', 'unreachable', 'not started', 'not started']);
  });
});

describe('interrupts', () => {
  test('what was changed along with an earlier task is told, and its handler owed', async () => {
    const ended = await run(
      `
- copy: { dest: "{{ at }}/a", content: a }
- copy: { dest: "{{ at }}/b", content: b }
  notify: told
handlers:
- name: told
  mark: told
`,
      stopAfter((task) => task === 'copy'),
    );
    expect(ended.line()).toEqual(['copy: changed', 'copy: changed']);
    expect(ended.host()).toMatchObject({ status: 'interrupted', owes: ['told'] });
  });

  test('a host that had failed is told to have failed', async () => {
    const ended = await run(
      `
- block:
    - name: breaks
      mark: { msg: breaks, ends: failed }
      when: inventory_hostname == 'h1'
    - { mark: { msg: slow, takes: 0.1 } }
  always:
    - mark: always
`,
      stopAfter((task, host) => task === 'breaks' && host === 'h1'),
    );
    expect(statuses(ended)).toEqual(['failed', 'interrupted', 'interrupted', 'interrupted']);
    expect(ended.exit).toBe(130);
  });
});
