import { lines, sh, type Script } from '../../shell/script.ts';
import type { Request } from '../http/arguments.ts';
import { callOf, findClient } from '../http/client.ts';
import type { Digest } from './arguments.ts';

/** Fetches into `$t` and compares with the digest; exits with what the client said where it cannot. */
export function downloadScript(request: Request, digest: Digest | undefined): Script {
  return lines([
    findClient,
    sh`case $client in`,
    sh`curl) ${callOf('curl', request)} -f -o "$t";;`,
    // Without -q it says how far it is, with it nothing at all of what went wrong.
    sh`wget) said=$(${callOf('wget', request)} -nv -O "$t" 2>&1) || { printf '%s\\n' "$said" >&2; false; };;`,
    sh`busybox) said=$(${callOf('busybox', request)} -q -O "$t" 2>&1) || { printf '%s\\n' "$said" >&2; false; };;`,
    sh`*) echo 'the host has neither curl nor wget' >&2; false;;`,
    sh`esac || exit 1`,
    ...(digest === undefined
      ? []
      : [
          sh`sum=$(${digest.program} <"$t") || exit 1`,
          sh`[ "\${sum%% *}" = ${digest.digits} ] || { echo ${`what came has the ${shownName(digest)}`} "\${sum%% *}, not "${digest.digits} >&2; exit 1; }`,
        ]),
  ]);
}

function shownName({ program }: Digest): string {
  return program.slice(0, -'sum'.length).toUpperCase().replace(/^SHA/, 'SHA-');
}
