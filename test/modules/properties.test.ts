import { chmodSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { getProperties } from 'properties-file';
import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import { properties, type PropertiesArgs } from '../../engine/modules/properties.ts';
import { editProperties, type Encoding, isTyped } from '../../engine/modules/properties/edit.ts';
import { readLayout } from '../../engine/modules/properties/layout.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { keepsTheLaws, makeHere, probeHere } from './harness.ts';
import { shownOnText } from './shown_on_text.ts';

const set = (text: string, key: string, value: string | null, encoding: Encoding = 'iso-8859-1') =>
  editProperties(text, { key, value, encoding }).text;

describe('edits of properties', () => {
  test.each<[string, string, string | null, string]>([
    ['# c\nflag = TRUE\nx=1\n', 'flag', 'FALSE', '# c\nflag = FALSE\nx=1\n'],
    ['flag=TRUE', 'flag', 'FALSE', 'flag=FALSE'],
    ['flag : TRUE\r\nx=1\r\n', 'flag', 'FALSE', 'flag : FALSE\r\nx=1\r\n'],
    ['flag TRUE\n', 'flag', 'FALSE', 'flag FALSE\n'],
    ['flag TRUE\n', 'flag', '=x', 'flag \\=x\n'],
    ['flag = TRUE \n', 'flag', 'TRUE', 'flag = TRUE\n'],
    ['flag = TRUE\t\n', 'flag', 'TRUE', 'flag = TRUE\n'],
    ['  flag=a\n\tflag=b\n! flag=c\n', 'flag', 'x', '  flag=a\n\tflag=x\n! flag=c\n'],
    ['flag\n', 'flag', 'x', 'flag = x\n'],
    ['a:1\nflag\n', 'flag', 'x', 'a:1\nflag:x\n'],
    ['flag=\n', 'flag', 'x', 'flag=x\n'],
    ['flag = a,\\\n   b,\\\n   c\nx=1\n', 'flag', 'd', 'flag = d\nx=1\n'],
    ['# flag = 1 \\\nflag = 2\n', 'flag', '3', '# flag = 1 \\\nflag = 3\n'],
    ['fl\\u0061g=1\n', 'flag', '2', 'fl\\u0061g=2\n'],
    ['a\\=b=1\n', 'a=b', '2', 'a\\=b=2\n'],
    ['', 'flag', 'x', 'flag = x\n'],
    ['a=1', 'flag', 'x', 'a=1\nflag=x\n'],
    ['a: 1\r\n', 'flag', 'x', 'a: 1\r\nflag: x\r\n'],
    ['a=1\\', 'flag', 'x', 'a=1\\\n\nflag=x\n'],
    ['', 'a b=c', ' x\ty\\z\n', 'a\\ b\\=c = \\ x\\ty\\\\z\\n\n'],
    ['', 'k', 'é€', 'k = \xe9\\u20AC\n'],
    ['k=\xe9\n', 'k', 'é', 'k=\xe9\n'],
    ['k=1\nx=2\nk=3\n', 'k', null, 'x=2\n'],
    ['k=1,\\\n 2\nx=2\n', 'k', null, 'x=2\n'],
    ['x=2\n', 'k', null, 'x=2\n'],
  ])('%j: %s → %j', (text, key, value, expected) => {
    expect(set(text, key, value)).toBe(expected);
    expect(set(expected, key, value)).toBe(expected);
  });

  test('UTF-8 files', () => {
    const text = Buffer.from('k=ü\nö = 1\n').toString('latin1');
    expect(set(text, 'k', 'ü', 'utf-8')).toBe(text);
    expect(Buffer.from(set(text, 'ö', '€', 'utf-8'), 'latin1').toString()).toBe('k=ü\nö = €\n');
  });

  test('typed files', () => {
    expect(isTyped('a = B"true"\nb = [ \\\n "x", \\\n]\n')).toBe(true);
    expect(isTyped('a = B"true"\nb = x\n')).toBe(false);
    expect(isTyped('# nothing\n')).toBe(false);
  });

  const piece = fc.constantFrom(
    'a',
    'b',
    '=',
    ':',
    ' ',
    '\t',
    '\\',
    '\\\\',
    '\n',
    '\r\n',
    '\\\n',
    '#',
    '!',
    '\\u0041',
    'é',
    '\\t',
  );
  const text = fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(''));

  test('are read as properties-file reads them', () => {
    fc.assert(
      fc.property(text, (one) => {
        const own = Object.fromEntries(readLayout(one).map(({ key, value }) => [key, value]));
        expect(own).toEqual({ ...getProperties(one) });
      }),
      { numRuns: 600 },
    );
  });

  test('set one key and leave all others', () => {
    fc.assert(
      fc.property(
        text,
        fc.constantFrom('a', 'b', 'a b', '=', 'é'),
        fc.string({ maxLength: 8, unit: 'binary' }),
        (one, key, value) => {
          const before = getProperties(one);
          const after = getProperties(set(one, key, value));
          expect({ ...after }).toEqual({ ...before, [key]: value });
        },
      ),
      { numRuns: 600 },
    );
  });
});

const root = scratch();

describe.each(shells)('properties on %s', (shell) => {
  const at = `${root}/${shell}`;
  const given = `${at}/org.example.flag.cfg`;
  const obey = (args: Omit<PropertiesArgs, 'path'> & { path?: string }) =>
    keepsTheLaws(shell, properties, { path: given, ...args }, at).map(({ what }) =>
      what.replaceAll(`${at}/`, ''),
    );
  const plan = (args: Omit<PropertiesArgs, 'path'> & { path?: string }) => {
    const all = { path: given, ...args };
    return properties.plan(all, probeHere(shell, properties.probe(all)));
  };

  test("Karaf's flag", () => {
    emptied(at);
    writeFileSync(given, '# The flag\r\nflag = TRUE \r\nother = \xfc\r\n', 'latin1');
    chmodSync(given, 0o640);
    expect(obey({ key: 'flag', value: 'FALSE', karaf: true, backup: true })).toEqual([
      'set flag in org.example.flag.cfg: "TRUE " → "FALSE"',
    ]);
    const made = makeHere(shell, plan({ key: 'flag', value: 'FALSE', karaf: true }));
    expect(readFileSync(given, 'latin1')).toBe('# The flag\r\nflag = FALSE\r\nother = \xfc\r\n');
    utimesSync(given, 1000, 1000);
    made.undo();
    expect(statSync(given).mtimeMs, 'an undo is seen by who watches times').toBeGreaterThan(1e12);
  });

  test('added, removed, said twice', () => {
    emptied(at);
    expect(obey({ key: 'a', value: 'x', create: true, path: `${at}/etc/my.cfg` })).toEqual([
      'make directory etc',
      'add a = "x" to etc/my.cfg',
    ]);
    writeFileSync(given, 'a=1\na=2\n');
    expect(obey({ key: 'a', value: '3' })).toEqual([
      'set a in org.example.flag.cfg: "2" → "3" (the last of 2 lines that set it)',
    ]);
    expect(obey({ key: 'a', state: 'absent' })).toEqual(['remove a from org.example.flag.cfg (2 lines)']);
    expect(obey({ key: 'b', state: 'absent' })).toEqual([]);
    expect(obey({ key: 'a', value: '2' })).toEqual([]);
    symlinkSync('org.example.flag.cfg', `${at}/link.cfg`);
    expect(obey({ key: 'a', value: '3', path: `${at}/link.cfg` })).toHaveLength(1);
  });

  test('what cannot be, and what Karaf would misread', () => {
    emptied(at);
    writeFileSync(given, 'flag = B"true"\n');
    writeFileSync(`${at}/my.factory-one.cfg`, 'a=1\n');
    writeFileSync(`${at}/my.config`, 'a=1\n');
    const karaf = { key: 'flag', value: 'FALSE', karaf: true };
    expect(() => plan(karaf)).toThrow('typed values only');
    expect(() => plan({ ...karaf, path: `${at}/my.factory-one.cfg` })).toThrow('instance of a factory');
    expect(plan({ ...karaf, path: `${at}/my.factory-one.cfg`, factory: true })).toHaveLength(1);
    expect(() => plan({ ...karaf, path: `${at}/my.config` })).toThrow('does not end in .cfg');
    expect(() => plan({ key: 'a', value: 'x ' })).toThrow('ends in a blank');
    expect(() => plan({ key: 'a' })).toThrow('value is needed');
    expect(() => plan({ key: 'a', value: 'x', path: `${at}/none` })).toThrow(CannotPlan);
    expect(plan({ key: 'a', state: 'absent', path: `${at}/none` })).toEqual([]);
  });

  test('no file that Karaf would read stands beside it meanwhile', () => {
    emptied(at);
    writeFileSync(given, 'flag = TRUE\n');
    const [change] = plan({ key: 'flag', value: 'FALSE', backup: true });
    const names = [...(change?.apply.text.matchAll(/org\.example\.flag\.cfg[^ '"\n]*/g) ?? [])].map(
      ([name]) => name,
    );
    const others = names.filter((name) => name !== 'org.example.flag.cfg');
    expect(others.length).toBeGreaterThan(1);
    expect(others.filter((name) => /\.(cfg|config)$/.test(name))).toEqual([]);
  });

  test('whatever key and value, they are data', () => {
    fc.assert(
      fc.property(hostile, hostile, (key, value) => {
        emptied(at);
        writeFileSync(given, 'a=1\n');
        obey({ key: key || 'k', value: value.trimEnd() });
      }),
      { numRuns: 6 },
    );
  });
});

test('a secret value is never shown', () => {
  const args: PropertiesArgs = { path: '/x.cfg', key: 'password', value: new Secret('s3cret') };
  const shown = shownOnText(properties, args, 'password=s3cret too\n');
  expect(JSON.stringify(shown)).not.toContain('s3cret');
});

const hostile = fc.oneof(
  fc.constantFrom(
    "it's",
    '$(touch x)',
    '`id`',
    '"',
    '\\',
    '${x}',
    'ünï €',
    '-n',
    '%s',
    'a\nb',
    'x'.repeat(100_000),
  ),
  fc.string({ maxLength: 30, unit: 'grapheme' }),
);
