import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { compile, toJavaScript } from '../../../infra/package/compile.mjs';
import { tempDir } from '../../support/tmp.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

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

/** What a module imports, or finds by an address beside its own. */
const NAMED =
  /^(?:import|export)\b[^;]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)|\bnew URL\('([^']+)', import\.meta\.url\)/gm;
/** A checkout has the one, the package's build writes the other. */
const NOT_COMPILED = ['main.ts', '../package.json', '../../package.json'];

test('a package has every file that its modules name, and none that needs what only develops Landfall [H1]', () => {
  const out = tempDir();
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: object };

  compile(ROOT, out);

  const modules = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => /[.]m?js$/.test(name));
  expect(modules).toEqual(expect.arrayContaining(['cli/landfall.mjs', 'cli/main.js', 'workers/standalone.js']));
  const lacking = modules.flatMap((module) =>
    [...readFileSync(join(out, module), 'utf8').matchAll(NAMED)]
      .map(([, ...words]) => words.find(Boolean) ?? '')
      .filter((name) => !name.startsWith('node:') && !NOT_COMPILED.includes(name))
      .filter((name) => !existsSync(join(out, dirname(module), name)) && !isPackage(name, dependencies))
      .map((name) => `${module} names ${name}`),
  );
  expect(lacking).toEqual([]);
});

const isPackage = (name: string, dependencies: object): boolean =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/') in dependencies;
