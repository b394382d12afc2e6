import { sh } from '../shell/script.ts';

/** A shell function: `lock_holders FILE…` names the processes that hold them, found by the inode in /proc/locks (proc(5)). */
export const lockHolders = sh`lock_holders() {
for f in "$@"; do
i=$(stat -c %i "$f" 2>/dev/null) || continue
while read -r n c d e pid at rest; do
case $at in *":$i")
w=; { read -r w <"/proc/$pid/comm"; } 2>/dev/null
echo "process $pid ($w) holds $f";;
esac
done </proc/locks
done
}`;
