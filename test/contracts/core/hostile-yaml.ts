/** Texts that are there to be expensive, as large as a landfall.yaml may be. */
const SIZE = 256 * 1024;

/** Repeats the unit as often as it fits. */
const fill = (unit: string, before = '', after = ''): string =>
  before + unit.repeat(Math.floor((SIZE - before.length - after.length) / unit.length)) + after;
const each = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('');
const FILE = 'version: 1\nservices:\n';

export const HOSTILE: Readonly<Record<string, string>> = {
  'one flow map of tens of thousands of keys': `{${each(44_000, (index) => `${index},`)}}`,
  'one block map of tens of thousands of keys': each(32_000, (index) => `${index}:\n`),
  'as many equal keys': fill('a:\n'),
  'as many keys as may be, all unknown': `${FILE}  web: {}\n${each(1_500, (index) => `k${index}: 1\n`)}`,
  'as many keys as may be, all of them no names': FILE + each(1_500, (index) => `  A_${index}: {}\n`),
  'as many services as may be, all of them no names': FILE + each(100, (index) => `  A_${index}: {}\n`),
  'as many mistakes as may be':
    FILE +
    each(
      100,
      (index) =>
        `  a${index}: { x: 1, run: { port: a, env: { A: [], b-c: 1, c-d: 1, d-e: 1, e-f: 1, f-g: 1, g-h: 1 } } }\n`,
    ),
  'flow sequences in each other': fill('['),
  'flow maps in each other': fill('{a: '),
  'both in each other': fill('[{'),
  'closing brackets alone': fill(']'),
  'commas alone': fill(',', '[', ']'),
  'block maps in each other': each(700, (index) => `${' '.repeat(index)}a:\n`),
  'block sequences in each other': fill('- '),
  'explicit keys in each other': fill('? '),
  'colons alone': fill(':\n'),
  'aliases of themselves': fill('- &a *a\n'),
  'aliases of one text': fill('- *a\n', 'a: &a 1\nb:\n'),
  'aliases of one large text': `${FILE}  a: &t "${'t'.repeat(200_000)}"\n${each(1_500, (index) => `  b${index}: *t\n`)}`,
  'aliases that multiply': `a0: &a0 [l, l, l]\n${each(30, (index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}, *a${index}]\n`)}`,
  'anchors alone': fill('&a '),
  'anchors of everything': fill('- &a\n'),
  'tags alone': fill('!a '),
  'tags of everything': fill('- !a\n'),
  'merge keys': fill('<<: *a\n', 'a: &a { b: 1 }\n'),
  'one long text': fill('a'),
  'a text of many lines': fill('a\n'),
  'one long key': `${'k'.repeat(SIZE - 10)}: 1`,
  'long keys': each(120, (index) => `${`${index}k`.repeat(400)}: 1\n`),
  'a quoted text of spaces and lines': fill(' \n ', '"', '"'),
  'a quoted text of escapes': fill('\\u0041', '"', '"'),
  'a quoted text of wrong escapes': fill('\\z', '"', '"'),
  'quotation marks': fill('"'),
  'single quotation marks': fill("'"),
  'a block text of many lines': fill(' x\n', 'a: |\n'),
  'a folded text of many lines': fill(' x\n\n', 'a: >\n'),
  'block texts without a line': fill('- |\n'),
  'wrong headers of block texts': fill('|'),
  'many documents': fill('---\n'),
  'ends of documents': fill('...\n'),
  directives: fill('%YAML 1.2\n'),
  'wrong directives': fill('%\n'),
  comments: fill('#\n'),
  'comments in a list': fill(' #\n', '[', ']'),
  'comments behind a deep map': `${each(200, (index) => `${' '.repeat(index)}a:\n`)}${fill('#\n').slice(0, 200_000)}`,
  'empty lines': fill('\n'),
  'line ends of Windows': fill('\r\n'),
  spaces: fill(' '),
  tabs: fill('\t'),
  'characters that begin nothing': fill('`\n'),
  'NUL characters': fill('\0'),
  'halves of characters': fill('\ud800').slice(0, SIZE / 3),
};
