/** The hook that finds modules sooner does not change which modules are found. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { runtimeTuning } from '../../../infra/runtime-tuning/tuning.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const DRIZZLE = [
  'drizzle-orm',
  'drizzle-orm/pg-core',
  'drizzle-orm/node-postgres',
  'drizzle-orm/node-postgres/migrator',
];

/** Every name that drizzle-orm exports, and every module file that was loaded for them. */
const PROGRAM = `
  import { registerHooks } from 'node:module';
  const files = new Set();
  registerHooks({ load: (url, context, next) => (url.includes('/drizzle-orm/') && files.add(url), next(url, context)) });
  const names = [];
  for (const name of ${JSON.stringify(DRIZZLE)}) names.push(...Object.keys(await import(name)).map((key) => name + ' ' + key));
  console.log(JSON.stringify({ names, files: [...files].sort() }));
`;

const load = (options: readonly string[]): unknown =>
  JSON.parse(
    execFileSync(process.execPath, [...options, '--input-type=module', '--eval', PROGRAM], {
      cwd: ROOT,
      encoding: 'utf8',
    }),
  );

test('the same modules of drizzle-orm are loaded as without it, each once, and export the same [F5]', () => {
  const quick = load(runtimeTuning({}).args) as { readonly files: readonly string[] };
  expect(quick.files.length).toBeGreaterThan(100);
  expect(quick).toEqual(load([]));
});
