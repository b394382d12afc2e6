import type { Fields } from './fields.ts';
import type { Mistakes } from './mistakes.ts';

/** The tags of a step or play: a list, or words with commas between them. */
export function readTags(fields: Fields, mistakes: Mistakes): readonly string[] {
  const words = fields.words('tags').flatMap((text) => text.split(','));
  const tags = words.map((word) => word.trim()).filter((word) => word !== '');
  for (const tag of tags)
    if (chosenOnly.has(tag))
      mistakes.add(fields.map.get('tags')?.at ?? fields.map.at, {
        summary: `\`${tag}\` cannot be a tag`,
        next: `It has a meaning of its own in \`--tags ${tag}\`; choose another word.`,
      });
  return tags;
}

// Ansible warns of these: as tags they would select what nobody meant.
const chosenOnly = new Set(['all', 'tagged', 'untagged']);
