// @ts-check
/** `npm run check`: everything that judges the sources without running them. All problems are shown, not the first. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './places.mjs';

const ROOMS = ['contracts', 'workflows', 'activities', 'workers', 'api', 'store', 'cli', 'infra', 'stand-ins', 'test'];

/** Tests say what happens in full, again and again; everything else says it once. */
const WITHOUT_TESTS = ROOMS.filter((room) => room !== 'test' && existsSync(join(ROOT, room)));

/**
 * Fails when more than so many percent of the lines stand twice: six lines of fifty tokens or more, comments not counted. It
 * is what was left when this was set; lower it when there is less, and find the one place for what would raise it.
 *
 * @type {readonly [string, ...string[]]}
 */
const DUPLICATES = [
  'jscpd',
  ...[
    '--threshold',
    '0.09',
    '--min-lines',
    '6',
    '--min-tokens',
    '50',
    '--mode',
    'weak',
    '--reporters',
    'console,threshold',
  ],
  ...['--format', 'typescript,javascript', '--ignore', 'store/migrations/**,api/pages/assets/**', ...WITHOUT_TESTS],
];

/** The longest first. @type {readonly (readonly [string, ...string[]])[]} */
const CHECKS = [
  // Types as well as rules: it is TypeScript 7 that it asks (docs/adr/0010-one-pass-for-types-and-rules.md).
  ['oxlint', '--max-warnings=0', '.'],
  ['oxfmt', '--check', '.'],
  ['depcruise', '--config', '.dependency-cruiser.cjs', ...ROOMS.filter((room) => existsSync(join(ROOT, room)))],
  ['knip'],
  ['node', 'infra/setup/arrows.mjs'],
  DUPLICATES,
];

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} 0 when all of them are content, else 1
 */
export async function check(env) {
  const waiting = [...CHECKS];
  let failed = 0;
  const runNext = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (!(await runOne(next, env))) failed += 1;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, runNext));
  return failed === 0 ? 0 : 1;
}

/**
 * @param {readonly [string, ...string[]]} command
 * @param {NodeJS.ProcessEnv} env
 */
async function runOne([name, ...args], env) {
  const started = performance.now();
  const { code, output } = await capture(name, args, env);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  const shown = name === 'node' ? String(args[0]) : name;
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${shown} ${seconds} s`);
  if (code !== 0) console.log(output.trimEnd());
  return code === 0;
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number, output: string }>}
 */
function capture(command, args, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => (output += text));
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
