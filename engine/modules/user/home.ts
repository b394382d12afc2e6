import { type Change, predict } from '../../contract/change.ts';
import { nameOf, parentOf } from '../../contract/host_path.ts';
import type { AccountDefaults } from '../../facts/account_defaults.ts';
import { path } from '../../facts/path.ts';
import { newAttributes } from '../../facts/wanted_attributes.ts';
import { lines, sh, type Script } from '../../shell/script.ts';

/** The change that makes a user's home from the skeleton. */
export function makeHome(user: string, home: string, { skeleton, homeMode }: AccountDefaults): Change {
  return {
    what: `make the home ${home}, mode ${homeMode}`,
    diff: { before: null, after: `directory ${home}, from ${skeleton}\n` },
    touches: [`path:${home}`, `user:${user}`],
    apply: lines([
      // Nobody may enter it before it is whole, so that no link can be put into it meanwhile.
      sh`umask 077; mkdir -- ${home} || exit 1`,
      sh`if [ -d ${skeleton} ]; then cp -a -- ${`${skeleton}/.`} ${home} && chmod -- 0700 ${home} || exit 1; fi`,
      sh`chown -hR -- ${`${user}:`} ${home} && chmod -- ${homeMode} ${home} || exit 1`,
      sh`if [ -e /sys/fs/selinux/enforce ] && command -v restorecon >/dev/null; then restorecon -R -- ${home} || exit 1; fi`,
    ]),
    undo: removeHome(home, skeleton),
    predicts: [
      predict(
        { fact: path, subject: { path: home } },
        newAttributes('directory', 0, homeMode, { owner: user }),
      ),
    ],
  };
}

/** The script that removes a home, if there is nothing in it but what came from the skeleton. */
function removeHome(home: string, skeleton: string): Script {
  return lines([
    sh`if [ ! -d ${home} ]; then exit 0; fi`,
    sh`cd -P -- ${parentOf(home)} || exit 1`,
    sh`find ./${nameOf(home)} ! -type d | while IFS= read -r p; do`,
    sh`s=${`${skeleton}/`}\${p#./*/}`,
    sh`if [ -L "$p" ]; then [ -L "$s" ] && [ "$(readlink -- "$p")" = "$(readlink -- "$s")" ]; else [ -f "$p" ] && [ -f "$s" ] && cmp -s -- "$p" "$s"; fi || { echo ${`${home} is left, since there are files in it that came later`} >&2; exit 1; }`,
    sh`done && rm -rf -- ./${nameOf(home)}`,
    // The account goes nevertheless: a look at the home shows that it is there.
    sh`exit 0`,
  ]);
}
