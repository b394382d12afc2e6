import { sent } from '../../contract/change.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import type { Request } from '../http/arguments.ts';
import { callOf, findClient } from '../http/client.ts';

/** Bytes of an answer: a frame's output carries 16 MiB, headers included. */
export const largest = 15 * 1024 * 1024;

/**
 * Prints "CLIENT STATUS SIZE SIZE" and a line end, then the headers as they came, then the body; a body that is too large
 * is left out. curl's first header line is its own: the number of redirects and the last address. What a client
 * complains of is on standard error. Both files lie where the engine staged the request, and go with it.
 */
export function requestScript(request: Request, hasBody: boolean): Script {
  const body = hasBody
    ? sh`-H Expect: --data-binary @${sent(3)}`
    : request.method === 'POST'
      ? sh`--data-binary ''`
      : sh``;
  return lines([
    findClient,
    sh`umask 077; h="$FETTLE_IN"headers b="$FETTLE_IN"body; : >"$h" >"$b" || exit 1; r=0`,
    sh`case $client in`,
    sh`curl) ${callOf('curl', request)} ${body} -D "$h" -o "$b" -w '%{num_redirects} %{url_effective}\\n' >"$b.w" || r=$?
cat "$h" >>"$b.w"; h=$b.w;;`,
    // It writes headers and complaints alike to standard error.
    sh`wget) ${callOf('wget', request)} -nv -S --content-on-error -O "$b" 2>"$h" || r=$?;;`,
    sh`busybox) ${callOf('busybox', request)} -q -S -O "$b" 2>"$h" || r=$?;;`,
    sh`esac`,
    // curl writes the headers of a HEAD into both.
    ...(request.method === 'HEAD' ? [sh`: >"$b"`] : []),
    sh`n=$(wc -c <"$h") m=$(wc -c <"$b")`,
    sh`printf '%s %s %s %s\\n' "$client" "$r" "$((n))" "$((m))"`,
    sh`cat "$h"`,
    sh`if [ "$m" -le ${largest} ]; then cat "$b"; fi`,
  ]);
}
