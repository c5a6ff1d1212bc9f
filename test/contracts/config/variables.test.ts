import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Secret } from '../../../contracts/core/secret.ts';
import { whyNotSetting } from '../../../contracts/config/variables.ts';
import { readLandfallYaml } from '../../../contracts/config/landfall-yaml.ts';

const PLACES = [
  ['run', 'env'],
  ['build', 'args'],
] as const;

describe.each(PLACES)('a value below %s.%s', (part, field) => {
  const read = (value: string) => {
    const result = readLandfallYaml(
      `version: 1\nservices:\n  web:\n    ${part}:\n      ${field}:\n        VALUE: ${value}\n`,
    );
    if (!result.ok) return result.problems;
    const web = result.value.services['web'];
    return (field === 'env' ? web?.run.env : web?.build.args)?.['VALUE'];
  };

  test.each([
    '1.10',
    '010',
    '0x10',
    '0o17',
    '1e3',
    '1_000',
    '12345678901234567890',
    '-0',
    '+1',
    '.5',
    '1.0',
    '.inf',
    '.NaN',
    'true',
    'True',
    'yes',
    'no',
    'on',
    'OFF',
    'y',
    '2024-01-01',
    '2024-01-01T00:00:00Z',
    '12:30:45',
    '1.2.3',
    'a b',
  ])('is the text as written: %s [B17]', (value) => {
    expect(read(value)).toBe(value);
  });

  test.each([
    ['"1.10"', '1.10'],
    ["'yes'", 'yes'],
    ['""', ''],
    ['"null"', 'null'],
    ['"~"', '~'],
    ['1.10 # a comment', '1.10'],
    ['!!str 1.10', '1.10'],
    ['!!int "010"', '010'],
    ['&a 1.10', '1.10'],
    ['"a\\nb"', 'a\nb'],
    ['|\n          a\n          b', 'a\nb\n'],
    ['>-\n          a\n          b', 'a b'],
    ['one\n          text', 'one text'],
  ])('is what YAML says is a text: %j [B17]', (value, expected) => {
    expect(read(value)).toBe(expected);
  });

  test('is the text of what an alias stands for [B17]', () => {
    const result = readLandfallYaml(
      `version: 1\nservices:\n  web: { ${part}: { ${field}: { A: &a 1.10, B: *a, C: &c { x: 1 } } } }\n`,
    );
    expect(result.ok ? [] : result.problems).toMatchObject([{ path: `services.web.${part}.${field}.C` }]);
    const good = readLandfallYaml(`version: 1\nservices:\n  web: { ${part}: { ${field}: { A: &a 1.10, B: *a } } }\n`);
    const web = good.ok ? good.value.services['web'] : undefined;
    expect(field === 'env' ? web?.run.env : web?.build.args).toEqual({ A: '1.10', B: '1.10' });
  });

  test.each([
    '',
    '~',
    'null',
    'NULL',
    '{ a: 1 }',
    '[1, 2]',
    '\n          a: 1',
    '!!binary aGk=',
    '!other x',
    '"a\\0b"',
    '"\\ud800"',
    '"\uFFFD"',
  ])('that is no text is refused at its line: %j [B17]', (value) => {
    expect(read(value)).toMatchObject([
      { line: 6, column: expect.any(Number) as unknown, message: expect.any(String) as unknown },
    ]);
  });

  test('is any printable text, in quotes [B17]', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        fc.pre(!/[\0\uFFFD]/.test(text));
        expect(read(JSON.stringify(text))).toBe(text);
      }),
    );
  });
});

test.each([
  ['run.env', 'PORT', /run\.port/],
  ['run.env', 'a-b', /no name of a variable/],
  ['build.args', '1A', /no name of a variable/],
  ['run.env', 'A'.repeat(101), /no name of a variable/],
])('%s takes no variable called %s, as no other door does [B17]', (place, name, words) => {
  const [part = '', field = ''] = place.split('.');
  const result = readLandfallYaml(`version: 1\nservices: { web: { ${part}: { ${field}: { ${name}: x } } } }\n`);
  expect(result.ok ? [] : result.problems).toMatchObject([
    { path: `services.web.${place}.${name}`, message: expect.stringMatching(words) as unknown },
  ]);
});

test.each(['a\0b', '\ud800', 'caf\uFFFD', 'x'.repeat(32_769), 'é'.repeat(16_385)])(
  'a value that no door takes is refused by all of them [B17]',
  (value) => {
    expect(whyNotSetting({ name: 'VALUE', kind: 'variable', value: new Secret(value) })).toMatch(/^The value of VALUE/);
    const text = `version: 1\nservices: { web: { run: { env: { VALUE: ${JSON.stringify(value)} } } } }\n`;
    expect(readLandfallYaml(text)).toMatchObject({ ok: false });
  },
);
