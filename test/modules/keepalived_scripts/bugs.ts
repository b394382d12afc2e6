/** A script, how keepalived runs it, and what is wrong with it. */
export const bugs: readonly (readonly [
  string,
  { readonly timeout?: number; readonly isCheck?: boolean },
  readonly RegExp[],
])[] = [
  [
    '#!/bin/sh\nping -n -c1 -W1 192.0.2.1 >/dev/null\nrc=$?\necho "$(date) $rc" >>/log\nexit $rc\n',
    { timeout: 2 },
    [],
  ],
  ['#!/bin/sh\necho "${date} x" >>/log\nexit 0\n', {}, [/\$\{date\}, a variable/]],
  ['#!/bin/sh\ndate=$(date)\necho "${date} x"\nexit 0\n', {}, []],
  ['#!/bin/sh\n# ${date}\nexit 0\n', {}, []],
  [
    '#!/bin/sh\nping -c 3 192.0.2.1\necho done >>/log\nif [ $? -ne 0 ]; then\n exit 1\nfi\n',
    { timeout: 5 },
    [/asks \$\? after/],
  ],
  // The first $? is the check's, which is not kept; the second is the writing's.
  ['#!/bin/sh\nping -c 1 192.0.2.1\necho "rc $?" >>/log\n[ $? = 0 ]\n', {}, [/asks \$\? after/]],
  ['#!/bin/sh\nping -c 1 192.0.2.1; echo x >>/log; exit $?\n', {}, [/asks \$\? after/]],
  ['#!/bin/sh\necho x >>/log; exit $?\n', { isCheck: false }, []],
  [
    '#!/bin/sh\nping -c 3 192.0.2.1\n',
    { timeout: 2 },
    [/sends 3 pings, which take 2 s or more, and is ended after 2 s/],
  ],
  ['#!/bin/sh\nping -i 0.2 -c 3 192.0.2.1\n', { timeout: 2 }, []],
  ['#!/bin/sh\nping -c 3 192.0.2.1\n', { timeout: 3 }, []],
  ['#!/bin/sh\ncurl -f localhost\nlogger checked\n', {}, [/ends with `logger checked`/]],
  ['#!/bin/sh\ncurl -f localhost | tee /log\n', {}, [/ends with `curl -f localhost \| tee \/log`/]],
  ['exit 0\n', {}, [/has no #! line/]],
  ['#!/bin/sh\r\nexit 0\r\n', {}, [/carriage return/]],
  ['\x7fELF\x00\x00', {}, []],
];
