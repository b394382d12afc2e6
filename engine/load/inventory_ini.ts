import type { Position } from '../errors.ts';
import type { GroupDraft, InventoryDraft } from './inventory_draft.ts';
import { parseLiteral } from './inventory_literal.ts';
import { expandHostNames, isVariableName } from './inventory_names.ts';
import { splitWords, type Word } from './inventory_words.ts';

/** Reads an INI inventory into the draft; every mistake is kept there and reading goes on. */
export function readIni(draft: InventoryDraft, text: string, file: string): void {
  const reader = new IniReader(draft, file);
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (const [index, line] of lines.entries()) reader.line(line, index + 1);
}

type SectionKind = 'hosts' | 'children' | 'vars' | 'unreadable';

const sectionForm = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/;

// A host's line may start with a range or an IPv6 address in brackets, so it is not any line with a bracket.
const brokenSection = /^\[(?:[^\]]*$|.*\]$|[^\]]*\]\s*;)/;

class IniReader {
  readonly #draft: InventoryDraft;
  readonly #file: string;
  #kind: SectionKind = 'hosts';
  #group: GroupDraft;
  #text = '';
  #number = 0;

  constructor(draft: InventoryDraft, file: string) {
    this.#draft = draft;
    this.#file = file;
    this.#group = draft.addGroup('ungrouped');
  }

  line(text: string, number: number): void {
    this.#text = text;
    this.#number = number;
    const start = text.search(/\S/);
    if (start < 0 || text[start] === '#' || text[start] === ';') return;
    const content = text.slice(start).trimEnd();
    const section = content.startsWith('[') ? sectionForm.exec(content) : null;
    if (section) this.#section(section[1] as string, section[2] ?? 'hosts', start);
    else if (brokenSection.test(content)) this.#badSection(content, start);
    else if (this.#kind === 'hosts') this.#hosts(content, start);
    else if (this.#kind === 'vars') this.#variable(content, start);
    else if (this.#kind === 'children') this.#child(content, start);
  }

  #section(name: string, kind: string, start: number): void {
    if (kind === 'vars') this.#group = this.#draft.groupOfVars(name, this.#at(start + 1));
    else if (kind === 'hosts' || kind === 'children') this.#group = this.#draft.addGroup(name);
    else {
      // Its lines would only give errors that follow from this one.
      this.#kind = 'unreadable';
      const at = this.#at(start + name.length + 2);
      this.#draft.fail(
        at,
        `There is no section of the kind \`${kind}\``,
        `Write [${name}], [${name}:vars] or [${name}:children].`,
      );
      return;
    }
    this.#kind = kind;
  }

  #badSection(content: string, start: number): void {
    this.#kind = 'unreadable';
    const next = content.includes('::')
      ? 'An IPv6 address without a port needs no brackets.'
      : 'Write [GROUP], [GROUP:vars] or [GROUP:children], without blanks; a comment after it starts with #.';
    this.#draft.fail(this.#at(start), `\`${content}\` is no section`, next);
  }

  #hosts(content: string, start: number): void {
    const words = splitWords(content);
    if ('mistake' in words) {
      const next =
        words.mistake === 'open quote'
          ? 'Close it, or put a value that holds a quote in the other kind of quotes.'
          : 'Write \\\\ for one backslash.';
      const what =
        words.mistake === 'open quote' ? 'This quote is never closed' : 'A backslash ends the line';
      this.#draft.fail(this.#at(start + words.offset), what, next);
      return;
    }
    const [first, ...rest] = words;
    if (!first || this.#isNoHost(first, start)) return;
    const variables = rest.flatMap((word) => this.#inline(word, start));
    const expanded = expandHostNames(first.text);
    if ('mistake' in expanded) {
      this.#draft.fail(this.#at(start + first.offset + expanded.offset), expanded.mistake, expanded.next);
      return;
    }
    for (const host of this.#draft.addHosts(expanded, this.#group.name, this.#at(start)))
      for (const { key, value, at } of variables)
        host.vars.set(key, { value, at, from: `host ${host.name}` });
  }

  #isNoHost(first: Word, start: number): boolean {
    const at = this.#at(start + first.offset);
    if (first.text === '---' || /^[\w.-]+:$/.test(first.text)) {
      this.#draft.fail(
        at,
        `\`${first.text}\` is YAML, but this file is read as INI`,
        'Name it .yml, or write [group] and one host a line.',
      );
      return true;
    }
    if (!first.text.includes('=')) return false;
    const group = this.#group.name === 'ungrouped' ? 'all' : this.#group.name;
    this.#draft.fail(
      at,
      `\`${first.text}\` stands where a host is expected`,
      `Variables of a group go under [${group}:vars]; those of a host after its name.`,
    );
    return true;
  }

  #inline(word: Word, start: number): { key: string; value: unknown; at: Position }[] {
    const at = this.#at(start + word.offset);
    const equals = word.text.indexOf('=');
    const key = word.text.slice(0, equals);
    if (equals > 0 && isVariableName(key))
      return [{ key, value: iniValue(key, word.text.slice(equals + 1)), at }];
    this.#draft.fail(
      at,
      equals < 0
        ? `\`${word.text}\` is no variable of the form NAME=VALUE`
        : `\`${key}\` is no name of a variable`,
      equals < 0
        ? 'Put a value with blanks in quotes (NAME="a b"), and each host on a line of its own.'
        : 'Write NAME=VALUE without blanks around the equals sign.',
    );
    return [];
  }

  #variable(content: string, start: number): void {
    const equals = content.indexOf('=');
    const key = content.slice(0, Math.max(equals, 0)).trim();
    if (isVariableName(key)) {
      const value = iniValue(key, content.slice(equals + 1).trim());
      this.#draft.setGroupVariable(this.#group, key, value, this.#at(start));
      return;
    }
    this.#draft.fail(
      this.#at(start),
      equals < 0
        ? `\`${content}\` is no variable of the form NAME=VALUE`
        : `\`${key}\` is no name of a variable`,
      equals < 0 && /^\S+$/.test(content)
        ? `Hosts go under [${this.#group.name}], groups under [${this.#group.name}:children].`
        : 'Write NAME=VALUE.',
    );
  }

  #child(content: string, start: number): void {
    const name = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(content)?.[1];
    if (name !== undefined) this.#draft.addChild(this.#group.name, name, this.#at(start));
    else
      this.#draft.fail(
        this.#at(start),
        `\`${content}\` is no name of a group`,
        'Write one group a line; their variables go under [GROUP:vars], their hosts under [GROUP].',
      );
  }

  #at(offset: number): Position {
    return { file: this.#file, line: this.#number, column: offset + 1, text: this.#text };
  }
}

// A password of digits is text: 0x10 or 1e3 must not become numbers.
function iniValue(name: string, text: string): unknown {
  const value = parseLiteral(text);
  return typeof value === 'number' && /^ansible_.*pass(word)?$/.test(name) ? text : value;
}
