import type { Fact } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';

/** What is to be mounted, as fstab(5) has it: a device, `UUID=…`, a directory, a file, or a name of another host's. */
export interface MountSourceSubject {
  readonly source: string;
}

/** What that is on the host. */
export interface MountSourceAnswer {
  /** `name`: nothing that lies in a path; `absent`: a path or tag that nothing has. */
  readonly kind: 'block' | 'file' | 'directory' | 'other' | 'name' | 'absent';
  /** The path with its links followed, the device that has the tag. */
  readonly real: string | null;
  /** "major:minor" of a block device, and of the loop devices that stand for a file. */
  readonly devices: readonly string[];
}

/**
 * What stands behind sources and paths; a few forks each. Tags are looked up in /dev/disk, then by `findfs` and `blkid`,
 * which would else write down what they find.
 */
export const mountSource: Fact<MountSourceSubject, MountSourceAnswer> = {
  name: 'mount_source',
  id: ({ source }) => source,
  about: ({ source }) => (source.startsWith('/') ? [`path:${source}`, 'device:all'] : ['device:all']),
  ask: (subjects) =>
    lines([
      sh`export BLKID_FILE=/dev/null
one() {
p=$1 d=
case $1 in
UUID=*) d=/dev/disk/by-uuid/\${1#*=};; LABEL=*) d=/dev/disk/by-label/\${1#*=};;
PARTUUID=*) d=/dev/disk/by-partuuid/\${1#*=};; PARTLABEL=*) d=/dev/disk/by-partlabel/\${1#*=};;
/*) ;; *) printf 'n\\000\\000\\000'; return;;
esac
if [ -n "$d" ]; then
if [ -e "$d" ]; then p=$d
else p=$(findfs "$1" 2>/dev/null) || p=$(blkid -l -o device -t "$1" 2>/dev/null) || p=
fi
fi
if [ -z "$p" ] || ! [ -e "$p" ]; then printf 'a\\000'; if [ -z "$d" ]; then readlink -f -- "$p" 2>/dev/null; fi; printf '\\000\\000'; return; fi
r=$(readlink -f -- "$p") || r=$p
if [ -b "$r" ]; then k=b v=$(stat -c %t:%T -- "$r")
elif [ -d "$r" ]; then k=d v=
elif [ -f "$r" ]; then
k=f v=
for l in /sys/block/loop*/loop/backing_file; do
b=; { IFS= read -r b <"$l"; } 2>/dev/null
if [ "$b" = "$r" ]; then n=; read -r n <"\${l%/loop/backing_file}/dev"; v="$v $n"; fi
done
else k=o v=
fi
printf '%s\\000%s\\000%s\\000' $k "$r" "$v"
}`,
      ...subjects.map(({ source }) => sh`one ${unquoteTag(source)}`),
    ]),
  parse(output, subjects) {
    const fields = output.toString('utf8').split('\0');
    return subjects.map((_subject, index) => {
      const [letter = '', real = '', devices = ''] = fields.slice(index * 3, index * 3 + 3);
      return {
        kind: kinds[letter] ?? 'absent',
        real: real.replace(/\n$/, '') || null,
        devices: letter === 'b' ? [fromHex(devices)] : devices.split(' ').filter(Boolean),
      };
    });
  },
  // Names and numbers of devices are given anew at each boot, loop devices at each mount.
  lasting: ({ kind }) => kind,
  chunk: 100,
};

const kinds: Readonly<Record<string, MountSourceAnswer['kind']>> = {
  b: 'block',
  d: 'directory',
  f: 'file',
  o: 'other',
  n: 'name',
  a: 'absent',
};

function unquoteTag(source: string): string {
  return source.replace(/^([A-Z]+)="(.*)"$/s, '$1=$2');
}

function fromHex(numbers: string): string {
  return numbers
    .split(':')
    .map((number) => String(Number.parseInt(number, 16)))
    .join(':');
}
