import { describe, expect, test } from '@jest/globals';
import { toJavaScript } from '../../../infra/package/compile.mjs';

describe('a module of the package', () => {
  test.each([
    ['an import', "import { a } from './a.ts';\n", "import { a } from './a.js';\n"],
    ['an export', "export * from '../b/c.ts';\n", "export * from '../b/c.js';\n"],
    [
      'a module by its address',
      "new URL('./thread.ts', import.meta.url);\n",
      "new URL('./thread.js', import.meta.url);\n",
    ],
    ['a package', "import ts from 'typescript.ts';\n", "import ts from 'typescript.ts';\n"],
    ['another file', "new URL('./a.json', import.meta.url);\n", "new URL('./a.json', import.meta.url);\n"],
  ])('names %s as it is there [H1]', (_, source, expected) => {
    expect(toJavaScript(source)).toBe(expected);
  });

  test('keeps every statement on its line and column, so that a stack trace leads to the source [H1]', () => {
    const source = 'interface A {\n  readonly b: number;\n}\nexport const c = (a: A): number => a.b;\n';

    const compiled = toJavaScript(source);

    expect(compiled.split('\n').map((line) => line.length)).toEqual(source.split('\n').map((line) => line.length));
    expect(compiled.split('\n')[3]?.indexOf('a.b')).toBe(source.split('\n')[3]?.indexOf('a.b'));
  });
});
