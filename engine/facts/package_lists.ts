import type { Fact } from '../contract/fact.ts';
import { sh } from '../shell/script.ts';

/** How many seconds ago apt's lists of packages were fetched; null where there are none. */
export interface PackageLists {
  readonly age: number | null;
}

/** The age of apt's lists: by the stamp that Ubuntu's own updates leave, else by their folder. */
export const packageLists: Fact<undefined, PackageLists> = {
  name: 'package_lists',
  id: () => '',
  about: () => [packageListsKey],
  ask: () =>
    sh`f=/var/lib/apt/lists; s=/var/lib/apt/periodic/update-success-stamp
[ ! "$s" -nt "$f" ] || f=$s
set +f; for l in /var/lib/apt/lists/*Packages* /var/lib/apt/lists/*Release; do
if [ -e "$l" ]; then printf '%s ' "$(date +%s)"; stat -c %Y "$f"; exit; fi
done
echo none`,
  parse: (output) => {
    const [now, then] = output.toString('latin1').trim().split(' ');
    if (now === 'none' || then === undefined) return [{ age: null }];
    return [{ age: Math.max(0, Number(now) - Number(then)) }];
  },
  // A clock goes on by itself.
  lasting: () => null,
};

/** The key that a fetch of the lists touches. */
export const packageListsKey = 'packages:lists' as const;
