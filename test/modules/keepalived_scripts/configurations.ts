/** A configuration before and after; `after` tells the files that differ. `ROOT` is the folder of the case. */
export interface Configuration {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
  /** Scripts beside those that are always there. */
  readonly scripts?: Readonly<Record<string, string>>;
  readonly args?: Readonly<Record<string, unknown>>;
  /** What must stand among the findings. */
  readonly finds?: readonly RegExp[];
}

const main = (text: string) => ({ 'keepalived.conf': text });

/** One file, and what it becomes with every ROOT/etc/check.sh in the new place. */
function moved(title: string, text: string, more: Partial<Configuration> = {}): Configuration {
  const after = text
    .replaceAll('ROOT/etc/check.sh', 'ROOT/libexec/check.sh')
    .replaceAll('ROOT/etc/notify.sh', 'ROOT/libexec/notify.sh');
  return { title, files: main(text), after: text === after ? {} : main(after), ...more };
}

export const simple: readonly Configuration[] = [
  moved(
    'a script, its arguments in the quotes',
    'vrrp_script a {\n\tscript "ROOT/etc/check.sh one  two"\n}\n',
  ),
  moved('no quotes', 'vrrp_script a {\n  script ROOT/etc/check.sh\n}\n'),
  moved('single quotes', "vrrp_script a {\n  script 'ROOT/etc/check.sh x'\n}\n"),
  moved(
    'arguments with quotes of their own',
    `vrrp_script a {\n  script "ROOT/etc/check.sh 'two words' \\"x\\" 'it'"\n}\n`,
  ),
  moved('escapes behind the path', 'vrrp_script a {\n  script "ROOT/etc/check.sh a\\x20b \\"c\\""\n}\n'),
  moved('escapes in the path', 'vrrp_script a {\n  script "ROOT/other/ch\\145ck.sh"\n}\n', {
    finds: [/ROOT\/other\/check\.sh is not there, or is not written out as one path/],
  }),
  moved('quotes in the midst of the path', 'vrrp_script a {\n  script ROOT/"etc"/check.sh\n}\n', {
    after: main('vrrp_script a {\n  script ROOT/libexec/check.sh\n}\n'),
  }),
  moved(
    'comments of both kinds, also with the path in them',
    '! ROOT/other/x.sh\nvrrp_script a { # script "ROOT/x"\n  script "ROOT/etc/check.sh #not ! one" # but this\n  interval 2 ! and this\n}\n',
  ),
  moved('one line', 'vrrp_script a { script "ROOT/etc/check.sh" }\n'),
  moved(
    'a brace on a line of its own, blanks, no newline at the end',
    'vrrp_script  a\n  {\n\n   script\t"ROOT/etc/check.sh"   \n  }',
  ),
  moved('lines that end as in DOS', 'vrrp_script a {\r\n  script "ROOT/etc/check.sh x"\r\n}\r\n'),
  moved('bytes that are no UTF-8', 'vrrp_script a {\n  script "ROOT/etc/check.sh \xe4\xff" # \xfc\n}\n'),
  moved(
    'notify scripts of an instance, with user and group',
    [
      'vrrp_instance V {\n  interface eth0\n  virtual_router_id 5\n  virtual_ipaddress { 192.0.2.7/24 }',
      '  notify "ROOT/etc/notify.sh a" root root',
      '  notify_master ROOT/etc/check.sh root',
      '  notify_backup "ROOT/etc/check.sh b"',
      '  notify_fault  "ROOT/etc/check.sh f"  root  :root',
      '  notify_stop "ROOT/etc/check.sh s"',
      '  notify_deleted "ROOT/etc/check.sh d"',
      '  notify_master_rx_lower_pri "ROOT/etc/check.sh l"\n}\n',
    ].join('\n'),
  ),
  moved(
    'notify scripts of a group',
    'vrrp_sync_group G {\n  group { V }\n  notify_master "ROOT/etc/notify.sh m"\n  notify "ROOT/etc/notify.sh n"\n}\nvrrp_instance V {\n  interface eth0\n  virtual_router_id 5\n  virtual_ipaddress { 192.0.2.7/24 }\n}\n',
  ),
  moved(
    'global scripts',
    'global_defs {\n  startup_script "ROOT/etc/check.sh up" root\n  shutdown_script ROOT/etc/check.sh\n  notify_fifo /run/x.fifo\n  notify_fifo_script "ROOT/etc/notify.sh f"\n  vrrp_notify_fifo_script ROOT/etc/notify.sh\n  lvs_notify_fifo_script ROOT/etc/notify.sh root\n}\n',
  ),
  moved(
    'a virtual server with MISC_CHECK',
    'virtual_server 192.0.2.1 80 {\n  lvs_sched rr\n  lvs_method NAT\n  protocol TCP\n  quorum_up "ROOT/etc/notify.sh up"\n  quorum_down "ROOT/etc/notify.sh down" root\n  real_server 192.0.2.2 80 {\n    notify_up ROOT/etc/notify.sh\n    notify_down "ROOT/etc/notify.sh gone"\n    MISC_CHECK {\n      misc_path "ROOT/etc/check.sh \'192.0.2.2\' 80"\n      misc_timeout 5\n    }\n    HTTP_GET {\n      url {\n        path ROOT/etc/check.html\n        status_code 200\n      }\n    }\n  }\n}\n',
  ),
  moved(
    'a vrrp_script that is called like a keyword, and names in track_script',
    'vrrp_script script {\n  script "ROOT/etc/check.sh"\n}\nvrrp_instance V {\n  interface eth0\n  virtual_router_id 5\n  virtual_ipaddress { 192.0.2.7/24 }\n  track_script {\n    script weight -2\n    notify ROOT/etc/notify.txt\n  }\n}\n',
  ),
];

export const parameters: readonly Configuration[] = [
  moved(
    'a parameter that is the path: at its definition',
    '$CHECK=ROOT/etc/check.sh\nvrrp_script a {\n  script "$CHECK x"\n}\nvrrp_script b {\n  script $CHECK\n}\n',
  ),
  moved(
    'a parameter that is the folder: where it is used',
    '$DIR=ROOT/etc\nvrrp_script a {\n  script "${DIR}/check.sh x"\n}\ntrack_file f {\n  file ${DIR}/f\n}\n',
    {
      after: main(
        '$DIR=ROOT/etc\nvrrp_script a {\n  script "ROOT/libexec/check.sh x"\n}\ntrack_file f {\n  file ${DIR}/f\n}\n',
      ),
    },
  ),
  moved(
    'a definition that something else needs too',
    '$CHECK=ROOT/etc/check.sh\nvrrp_script a {\n  script $CHECK\n}\ntrack_file f {\n  file $CHECK\n}\n',
    {
      after: main(
        '$CHECK=ROOT/etc/check.sh\nvrrp_script a {\n  script ROOT/libexec/check.sh\n}\ntrack_file f {\n  file $CHECK\n}\n',
      ),
    },
  ),
  moved(
    'parameters within parameters',
    '$WHAT=check\n$CHECK=ROOT/etc/${WHAT}.sh\nvrrp_script a {\n  script "${CHECK} x"\n}\n',
    {
      after: main('$WHAT=check\n$CHECK=ROOT/libexec/check.sh\nvrrp_script a {\n  script "${CHECK} x"\n}\n'),
    },
  ),
  moved(
    'a parameter of several lines with _PWD, used twice',
    '$S= \\\nvrrp_script s${N} { \\\n  script "${_PWD}/scripts/vs.sh ${N}" \\\n  interval 5 \\\n}\n$N=1\n$S\n$N=2\n$S\n',
    {
      after: main(
        '$S= \\\nvrrp_script s${N} { \\\n  script "ROOT/libexec/vs.sh ${N}" \\\n  interval 5 \\\n}\n$N=1\n$S\n$N=2\n$S\n',
      ),
    },
  ),
  moved('a sequence', '~SEQ(N, 1, 3) vrrp_script s${N} { script "ROOT/etc/check.sh ${N}" }\n'),
  moved('a list', '~LST({N, M}, {a,1},{b,2}) vrrp_script s${N} { script "ROOT/etc/check.sh ${M}" }\n'),
  moved(
    'a path that differs each time cannot be written at one place',
    '~LST(N, check, notify) vrrp_script s${N} { script "ROOT/etc/${N}.sh" }\n',
    { after: {}, finds: [/keepalived\.conf:1: ROOT\/etc\/check\.sh cannot be rewritten alone/] },
  ),
  moved(
    'an undefined parameter stays an argument',
    'vrrp_script a {\n  script "ROOT/etc/check.sh $HOME x"\n}\n',
  ),
  moved(
    'conditions, for every id',
    '@main $X=ROOT/etc/check.sh\n@^main $X=ROOT/etc/notify.sh\nvrrp_script a {\n  script $X\n}\nvrrp_instance V {\n  interface eth0\n  virtual_router_id 5\n  virtual_ipaddress { 192.0.2.7/24 }\n  @backup notify_master "ROOT/etc/check.sh b"\n  @^backup  notify_master "ROOT/etc/notify.sh m"\n}\n',
  ),
];

export const several: readonly Configuration[] = [
  {
    title: 'includes of every form, nested, relative to where they stand',
    files: {
      'keepalived.conf':
        'include conf.d/*.conf # all\nincluder ROOT/etc/abs.conf\nincludem m.conf\nincludew w*.conf\nincludeb {b1,b2}.conf\nincludea sub/a.conf\n',
      'conf.d/1.conf': 'vrrp_script c1 { script ROOT/etc/check.sh }\n',
      'conf.d/2.conf': '# nothing\n',
      'conf.d/.hidden.conf': 'vrrp_script h { script ROOT/etc/check.sh }\n',
      'abs.conf': 'vrrp_script abs { script "ROOT/etc/check.sh abs" }\n',
      'm.conf': 'vrrp_script m {\n',
      'w1.conf': '  script "ROOT/etc/check.sh w"\n}\n',
      'b1.conf': 'vrrp_script b1 { script ROOT/etc/check.sh }\n',
      'b2.conf': 'vrrp_script b2 { script ROOT/etc/check.sh }\n',
      'sub/a.conf': 'include ../up.conf\ninclude deep/*\n',
      'up.conf': 'vrrp_script up { script ROOT/etc/check.sh }\n',
      'sub/deep/x': 'vrrp_script deep { script "${_PWD}/../../check.sh" }\n',
    },
    after: {
      'conf.d/1.conf': 'vrrp_script c1 { script ROOT/libexec/check.sh }\n',
      'abs.conf': 'vrrp_script abs { script "ROOT/libexec/check.sh abs" }\n',
      'w1.conf': '  script "ROOT/libexec/check.sh w"\n}\n',
      'b1.conf': 'vrrp_script b1 { script ROOT/libexec/check.sh }\n',
      'b2.conf': 'vrrp_script b2 { script ROOT/libexec/check.sh }\n',
      'up.conf': 'vrrp_script up { script ROOT/libexec/check.sh }\n',
      'sub/deep/x': 'vrrp_script deep { script "ROOT/libexec/check.sh" }\n',
    },
  },
  {
    title: 'a definition in one file, its use in another',
    files: {
      'keepalived.conf': 'include defs.conf\ninclude use.conf\n',
      'defs.conf': '$C=ROOT/etc/check.sh\n',
      'use.conf': 'vrrp_script a { script $C }\n',
    },
    after: { 'defs.conf': '$C=ROOT/libexec/check.sh\n' },
  },
  {
    title: 'two scripts of one name',
    files: main(
      'vrrp_script a { script ROOT/etc/check.sh }\nvrrp_script b { script "ROOT/other/check.sh x" }\n',
    ),
    after: main(
      'vrrp_script a { script ROOT/libexec/check.sh }\nvrrp_script b { script "ROOT/libexec/other-check.sh x" }\n',
    ),
  },
  {
    title: 'another file of that name in the directory',
    files: main('vrrp_script a { script ROOT/etc/check.sh }\n'),
    scripts: { 'libexec/check.sh': '#!/bin/sh\nexit 1\n' },
    after: main('vrrp_script a { script ROOT/libexec/etc-check.sh }\n'),
  },
  {
    title: 'what stays: programs, file tests, relative paths, shell text, what is not there',
    files: main(
      'vrrp_script a { script "killall -0 nginx" }\nvrrp_script b { script "/usr/bin/true x" }\nvrrp_script c { script "</etc/hostname" }\nvrrp_script d { script "if true; then exit 1; fi" }\nvrrp_script e { script "scripts/vs.sh" }\nvrrp_script f { script "ROOT/gone.sh" }\nvrrp_script g { script "ROOT/etc/check.sh && true" }\n',
    ),
    after: main(
      'vrrp_script a { script "killall -0 nginx" }\nvrrp_script b { script "/usr/bin/true x" }\nvrrp_script c { script "</etc/hostname" }\nvrrp_script d { script "if true; then exit 1; fi" }\nvrrp_script e { script "scripts/vs.sh" }\nvrrp_script f { script "ROOT/gone.sh" }\nvrrp_script g { script "ROOT/libexec/check.sh && true" }\n',
    ),
    finds: [
      /:1: killall is a program found by PATH/,
      /:1: killall runs in keepalived_t under SELinux.*vrrp_track_process/,
      /:2: \/usr\/bin\/true is a program of the system/,
      /:4: if is shell text and no program/,
      /:5: scripts\/vs\.sh is a relative path/,
      /:6: ROOT\/gone\.sh is not there/,
      /:7: `&&` is shell text/,
    ],
  },
  {
    title: 'an interpreter before the script',
    files: main(
      'vrrp_script a { script "/bin/sh ROOT/etc/check.sh  x" }\nvrrp_script b { script "sh   ROOT/etc/check.sh" }\nvrrp_script c { script "bash ROOT/etc/check.sh" }\nvrrp_script d { script "sh -x ROOT/etc/check.sh" }\nvrrp_script e { script "sh ROOT/bare" }\nvrrp_script f { script "bash -ec exit" }\n',
    ),
    scripts: { bare: 'exit 0\n' },
    after: main(
      'vrrp_script a { script "ROOT/libexec/check.sh  x" }\nvrrp_script b { script "ROOT/libexec/check.sh" }\nvrrp_script c { script "bash ROOT/etc/check.sh" }\nvrrp_script d { script "sh -x ROOT/etc/check.sh" }\nvrrp_script e { script "sh ROOT/bare" }\nvrrp_script f { script "bash -ec exit" }\n',
    ),
    finds: [
      /is run by bash, but its first line says \/bin\/sh/,
      /:6: bash is given shell text \(-ec\): put that into a script of its own/,
      /:3: ROOT\/etc\/check\.sh is run through bash, so that SELinux keeps it in keepalived_t/,
      /:1: ROOT\/etc\/check\.sh is run through sh, so that SELinux keeps it in keepalived_t/,
      /given options \(-x\)/,
      /ROOT\/bare is run by sh and has no first line/,
    ],
  },
  {
    title: 'a script that looks for files beside itself stays',
    files: main('vrrp_script a { script ROOT/own/a.sh }\n'),
    scripts: { 'own/a.sh': '#!/bin/sh\n. "$(dirname "$0")/lib.sh"\n' },
    after: {},
    finds: [/looks for files beside itself/],
  },
  {
    title: 'but moves where it is named',
    files: main('vrrp_script a { script ROOT/own/a.sh }\nvrrp_script b { script ROOT/etc/check.sh }\n'),
    scripts: { 'own/a.sh': '#!/bin/sh\n. "$(dirname "$0")/lib.sh"\n' },
    args: { only: ['ROOT/own/a.sh'] },
    after: main('vrrp_script a { script ROOT/libexec/a.sh }\nvrrp_script b { script ROOT/etc/check.sh }\n'),
  },
  {
    title: 'all but one',
    files: main('vrrp_script a { script ROOT/etc/notify.sh }\nvrrp_script b { script ROOT/etc/check.sh }\n'),
    args: { except: ['ROOT/etc/check.sh'] },
    after: main(
      'vrrp_script a { script ROOT/libexec/notify.sh }\nvrrp_script b { script ROOT/etc/check.sh }\n',
    ),
  },
];

const check = 'vrrp_script a {\n    script ROOT/etc/check.sh\n}\n';
const there = 'vrrp_script a {\n    script ROOT/libexec/check.sh\n}\n';

/** keepalived_script is a user that these hosts do not have. */
export const security: readonly Configuration[] = [
  {
    title: 'security comes with a user, in the block that is there',
    files: main(`global_defs { # all\n\trouter_id x\n}\n${check}`),
    args: { enable_script_security: true },
    after: main(
      `global_defs { # all\n\tenable_script_security\n\tscript_user root\n\trouter_id x\n}\n${there}`,
    ),
  },
  {
    title: 'in a block of one line',
    files: main(`global_defs { router_id x }\n${check}`),
    args: { enable_script_security: true },
    after: main(
      `global_defs {\n    enable_script_security\n    script_user root\n     router_id x }\n${there}`,
    ),
  },
  {
    title: 'in a block of its own where there is none',
    files: main(`! keepalived\r\n\r\n${check.replaceAll('\n', '\r\n')}`),
    args: { enable_script_security: true },
    after: main(
      `! keepalived\r\n\r\nglobal_defs {\r\n    enable_script_security\r\n    script_user root\r\n}\r\n\r\n${there.replaceAll('\n', '\r\n')}`,
    ),
  },
  {
    title: 'in a block of its own where the one that is there comes too late',
    files: main(`${check}global_defs {\n    router_id x\n}\n`),
    args: { enable_script_security: true },
    after: main(
      `global_defs {\n    enable_script_security\n    script_user root\n}\n\n${there}global_defs {\n    router_id x\n}\n`,
    ),
  },
  {
    title: 'a user that was lacking',
    files: main(`global_defs {\n    enable_script_security\n}\n${check}`),
    after: main(`global_defs {\n    script_user root\n    enable_script_security\n}\n${there}`),
  },
  {
    title: 'a user that is there stays',
    files: main(`global_defs {\n    enable_script_security\n    script_user root root # us\n}\n${check}`),
    args: { enable_script_security: true },
    after: main(`global_defs {\n    enable_script_security\n    script_user root root # us\n}\n${there}`),
  },
  {
    title: 'another user',
    files: main(`global_defs {\n    script_user  root   root # us\n}\n${check}`),
    args: { script_user: 'nobody' },
    after: main(`global_defs {\n    script_user  nobody # us\n}\n${there}`),
  },
  {
    title: 'no security any more',
    files: main(
      `global_defs {\n    enable_script_security # why\n    script_user root\n  enable_script_security\n}\n${check}`,
    ),
    args: { enable_script_security: false },
    after: main(`global_defs {\n     # why\n    script_user root\n}\n${there}`),
  },
];
