import { joinPath, nameOf, parentOf } from '../../contract/host_path.ts';
import { withSystemPath } from '../../facts/program.ts';
import { lines, sh, type Script } from '../../shell/script.ts';

/** sudo's own file. */
export const mainFile = '/etc/sudoers';

/**
 * A script that fails where visudo refuses the new file, or the whole configuration with it in its place (without
 * it, where there is no source). It is asked of copies, so that sudo never sees a file that is wrong.
 */
export function validated(path: string, source: Script | null): Script {
  const folder = parentOf(path);
  const pattern = folder.replaceAll(/[.[\]*^$|\\/&]/g, '\\$&');
  return lines([
    sh`(`,
    withSystemPath,
    sh`umask 077; d=$(mktemp -d) || exit 1`,
    // Beside the real one, since relative includes are looked for there.
    sh`m=${joinPath(parentOf(mainFile), '.sudoers.fettle-')}$$`,
    sh`trap 'rm -rf -- "$d" "$m"' EXIT; trap 'exit 143' HUP INT TERM`,
    sh`check() { o=$(visudo -cf "$1" 2>&1) || { printf '%s\\n' "visudo refuses $2:" "$o" >&2; exit 1; }; }`,
    sh`mkdir "$d/all" || exit 1`,
    sh`for f in ${folder}/*; do if [ -f "$f" ]; then cp -- "$f" "$d/all/" || exit 1; fi; done`,
    source
      ? sh`cat ${source} >"$d/all/"${nameOf(path)} || exit 1
check "$d/all/"${nameOf(path)} ${path}`
      : sh`rm -f -- "$d/all/"${nameOf(path)}`,
    sh`sed "s|^\\([@#]includedir[[:blank:]]\\{1,\\}\\)\\"\\{0,1\\}"${pattern}"/\\{0,1\\}\\"\\{0,1\\}[[:blank:]]*\\$|\\1$d/all|" ${mainFile} >"$m" || exit 1`,
    source
      ? sh`check "$m" "the configuration with "${path}`
      : sh`check "$m" "the configuration without "${path}`,
    sh`) || exit 1`,
  ]);
}
