import { valueOf, withValue } from './assignment.ts';
import { type WantedWords, withWords, wordsOf } from './words.ts';

/** What grub-mkconfig gives to all kernels; with _DEFAULT behind it, to those that are not for rescue. */
export const variable = 'GRUB_CMDLINE_LINUX';

/** The text of /etc/default/grub with which kernels get what is wanted; a word that is in one of the two variables stays there. */
export function withSettings(text: string, { present, absent }: WantedWords, file: string): string {
  // Of another value the last one would count.
  const gone = [...absent, ...present.map((word) => word.split('=', 1)[0] ?? word)];
  const has = (line: string) => present.filter((word) => wordsOf(line).includes(word));
  const other = valueOf(text, `${variable}_DEFAULT`, file);
  const edited = withValue(text, `${variable}_DEFAULT`, keep({ present: has(other), absent: gone }), file);
  const own = valueOf(text, variable, file);
  const here = present.filter((word) => !has(other).includes(word) || has(own).includes(word));
  return withValue(edited, variable, keep({ present: here, absent: gone }), file);
}

function keep(wanted: WantedWords): (line: string) => string {
  return (line) => {
    const made = withWords(line, wanted);
    return made === wordsOf(line).join(' ') ? line : made;
  };
}
