/*
 * What is done to files of accounts, for any awk. The programs find their values in the environment, where nothing is an
 * escape, and print the whole file.
 */

const member = `
function has(list, one) { return index("," list ",", "," one ",") > 0 }
function without(list, one,   all, c, i, out) {
  c = split(list, all, ","); out = ""
  for (i = 1; i <= c; i++) if (all[i] != one && all[i] != "") out = out (out == "" ? "" : ",") all[i]
  return out
}
function with(list, one) { return list == "" ? one : list "," one }
`;

/** Lines of the name `n` as the first file has them, in the second. */
export const restoreProgram = `BEGIN { FS = ":"; n = ENVIRON["n"] }
FILENAME == ARGV[1] { if ($1 == n) lost[++had] = $0; else if (!had) before = $1; next }
{ line[++c] = $0; key[c] = $1; if ($1 == n && !at) at = c; if ($1 == before) place = c }
END {
  if (!at && had && before == "") for (i = 1; i <= had; i++) print lost[i]
  for (i = 1; i <= c; i++) {
    if (i == at) for (j = 1; j <= had; j++) print lost[j]
    if (key[i] != n) print line[i]
    if (!at && before != "" && i == place) for (j = 1; j <= had; j++) print lost[j]
  }
  if (!at && before != "" && !place) for (i = 1; i <= had; i++) print lost[i]
}`;

/** Memberships of the user `n` as the first file has them, in the second; the group `own` as a whole. */
export const memberProgram = `${member}
BEGIN { FS = ":"; OFS = ":"; n = ENVIRON["n"]; own = ENVIRON["own"] }
FILENAME == ARGV[1] {
  known[$1] = 1; was[$1] = $4
  if (own != "" && $1 == own) { had = 1; lost = $0 } else if (!had) before = $1
  next
}
own != "" && $1 == own && !($1 in known) { next }
{
  if ($1 in known) {
    if (has(was[$1], n) && !has($4, n)) $4 = without(was[$1], n) == $4 ? was[$1] : with($4, n)
    else if (!has(was[$1], n) && has($4, n)) $4 = without($4, n)
  }
  line[++c] = $0
  if (own != "" && $1 == own) there = 1
  if ($1 == before) place = c
}
END {
  if (had && !there && before == "") print lost
  for (i = 1; i <= c; i++) { print line[i]; if (had && !there && before != "" && i == place) print lost }
  if (had && !there && before != "" && !place) print lost
}`;

/** The fields `f2` to `f9` of the name `n`. */
export const fieldProgram = `BEGIN { FS = ":"; OFS = ":" }
$1 == ENVIRON["n"] { for (i = 2; i <= 9; i++) if (("f" i) in ENVIRON) $i = ENVIRON["f" i] }
{ print }`;

/** The value `to` for `from` in the field number `k`. */
export const replaceProgram = `BEGIN { FS = ":"; OFS = ":"; k = ENVIRON["k"] + 0 }
$k == ENVIRON["from"] { $k = ENVIRON["to"] }
{ print }`;

/** Membership of the user `n` in the groups ` g `; with `keep` in others too. */
export const groupsProgram = `${member}
BEGIN { FS = ":"; OFS = ":"; n = ENVIRON["n"] }
{
  if (index(ENVIRON["g"], " " $1 " ")) { if (!has($4, n)) $4 = with($4, n) }
  else if (ENVIRON["keep"] == "" && has($4, n)) $4 = without($4, n)
  print
}`;

/** The password of the user `n` from the file `h`; an empty one would let everybody in. */
export const hashProgram = `BEGIN { FS = ":"; OFS = ":"; if ((getline given < ENVIRON["h"]) <= 0) exit 1; hash = substr(given, index(given, ":") + 1); if (hash == "") exit 1 }
$1 == ENVIRON["n"] { $2 = hash }
{ print }`;

/** One `!` before the password of the user `n` with `lock`, else none. */
export const lockProgram = `BEGIN { FS = ":"; OFS = ":" }
$1 == ENVIRON["n"] { sub(/^!/, "", $2); if (ENVIRON["lock"] != "") $2 = "!" $2 }
{ print }`;
