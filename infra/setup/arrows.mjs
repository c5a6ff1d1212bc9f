// @ts-check
/**
 * `node infra/setup/arrows.mjs`: a part of `npm run check`. The rooms' rules hold for imports (.dependency-cruiser.cjs); here they
 * hold for modules that are reached by path as well: a thread, a program that is started, what a bundler reads. And each
 * file that can start a program is known.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import process from 'node:process';
import ts from 'typescript';
import { readJson } from './json.mjs';
import { ROOT } from './places.mjs';

/**
 * @typedef {object} Allowed - by file, each with its reason
 * @property {Readonly<Record<string, Readonly<Record<string, string>>>>} started - programs of another room that a file
 *   starts, so that nothing of them is loaded
 * @property {Readonly<Record<string, string>>} starters - every file that can start a program; activities/ has one
 */
const ALLOWED = /** @type {Allowed} */ (readJson(new URL('arrows.json', import.meta.url)));

const ROOMS = ['contracts', 'workflows', 'activities', 'workers', 'api', 'store', 'cli', 'infra', 'stand-ins'];
const MODULE = /[.](?:ts|mjs|cjs|js)$/;
const CAN_START = /^(?:node:)?(?:child_process|cluster)$|^execa$/;

/**
 * @typedef {object} Reaches
 * @property {readonly string[]} modules - modules of ours that the file names by path, from the project's folder
 * @property {boolean} starts - it imports what starts programs, or becomes another one
 */

/**
 * @param {string} file - from the project's folder, with `/`
 * @param {string} text
 * @param {(path: string) => boolean} [exists]
 * @returns {Reaches}
 */
export function reachesOf(file, text, exists = (path) => existsSync(join(ROOT, path))) {
  /** @type {Set<string>} */
  const modules = new Set();
  let starts = false;
  /** @param {string} path */
  const isOurs = (path) => ROOMS.concat('test').some((room) => path.startsWith(`${room}/`)) && exists(path);
  /** Beside the file, or below the project's folder. @param {string} path */
  const note = (path) => {
    const places = [join(dirname(file), path), normalize(path)];
    for (const place of MODULE.test(path) ? places : places.map((one) => `${one}.ts`)) {
      if (place !== file && isOurs(place)) modules.add(place);
    }
  };
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      starts ||= CAN_START.test(textOf(node.moduleSpecifier) ?? '');
      return;
    }
    if (ts.isImportTypeNode(node)) return;
    if (ts.isCallExpression(node)) {
      const [first] = node.arguments;
      const loads = node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require';
      // dependency-cruiser sees those.
      if (loads && first !== undefined && textOf(first) !== undefined) {
        starts ||= CAN_START.test(textOf(first) ?? '');
        return;
      }
      const words = node.arguments.map(textOf).filter((word) => word !== undefined);
      if (words.length > 1) note(words.join('/'));
    }
    if (ts.isPropertyAccessExpression(node)) starts ||= node.name.text === 'execve';
    const word = textOf(node);
    // Any word could be a name without `.ts`; only a relative one is.
    if (word !== undefined && (MODULE.test(word) || /^[.]{1,2}[/]/.test(word))) note(word);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return { modules: [...modules].sort(), starts };
}

/** @param {ts.Node | undefined} node */
const textOf = (node) => (node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined);

/**
 * @typedef {object} Rule
 * @property {string} name
 * @property {string} [comment]
 * @property {{ readonly path?: string }} from
 * @property {{ readonly path?: string, readonly circular?: boolean, readonly reachable?: boolean }} to
 */

/**
 * @param {string} file
 * @param {Reaches} reaches
 * @param {readonly Rule[]} rules - of dependency-cruiser: those that compare two paths
 * @returns {readonly string[]} what is wrong, a line each
 */
export function problemsOf(file, { modules, starts }, rules) {
  const known = Object.keys(ALLOWED.started[file] ?? {});
  const arrows = modules
    .filter((module) => !known.includes(module))
    .flatMap((module) => {
      const broken = rules.find(({ from, to }) => holds(from.path, file) && !to.reachable && holds(to.path, module));
      return broken ? [`${file} → ${module}, by path: ${broken.name} (${broken.comment ?? ''})`] : [];
    });
  const gone = known
    .filter((module) => !modules.includes(module))
    .map((module) => `${file} does not start ${module} any more: take it from infra/setup/arrows.json`);
  return [...arrows, ...gone, ...(starts === file in ALLOWED.starters ? [] : [starterProblem(file, starts)])];
}

/** @param {string} file @param {boolean} starts */
const starterProblem = (file, starts) =>
  starts
    ? `${file} starts programs: let activities/exec.ts or infra/dev/process.ts do it, or add it to infra/setup/arrows.json with its reason`
    : `${file} starts nothing any more: take it from infra/setup/arrows.json`;

/** @param {string | undefined} pattern @param {string} path */
const holds = (pattern, path) => pattern !== undefined && new RegExp(pattern).test(path);

/** @returns {readonly string[]} every problem of the project's own sources; tests may reach anything */
export function findProblems() {
  const { forbidden } = /** @type {{ readonly forbidden: readonly Rule[] }} */ (
    createRequire(import.meta.url)(join(ROOT, '.dependency-cruiser.cjs'))
  );
  const files = ROOMS.filter((room) => existsSync(join(ROOT, room))).flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .map((name) => `${room}/${name.replaceAll('\\', '/')}`)
      .filter((file) => MODULE.test(file) && !file.startsWith('api/pages/assets/')),
  );
  const missing = [...Object.keys(ALLOWED.started), ...Object.keys(ALLOWED.starters)]
    .filter((file) => !files.includes(file))
    .map((file) => `${file} is gone: take it from infra/setup/arrows.json`);
  const problems = files.flatMap((file) =>
    problemsOf(file, reachesOf(file, readFileSync(join(ROOT, file), 'utf8')), forbidden),
  );
  return [...missing, ...problems];
}

if (process.argv[1] === import.meta.filename) {
  const problems = findProblems();
  for (const problem of problems) console.log(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
