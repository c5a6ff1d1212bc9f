// @ts-check
/** TypeScript becomes JavaScript by taking its types out: every statement stays on its line and column. */
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';

const ROOMS = ['contracts', 'workflows', 'activities', 'workers', 'api', 'store', 'cli', 'infra', 'stand-ins'];
/** Files that only make or judge the rest: tables of the database, GitHub's description, the Kubernetes of the tests, this package, `npm run …`. */
const LEFT_OUT = [
  /[/]drizzle[.]config[.]ts$/,
  /_snapshot[.]json$/,
  /[/]extract(-run)?[.]mjs$/,
  /^infra[/](package|image)[/]/,
  /^infra[/]setup[/](run|command|program|tests|check|arrows|rows|requirements)[.]/,
  /^infra[/]setup[/]control-plane[.]/,
  /^infra[/]dev[/]kubernetes[/]/,
  /[/]plain-global[.]mjs$/,
];
/** A relative path to a module, in an import or in `new URL('./thread.ts', import.meta.url)`. */
const MODULE_PATH = /(?<quote>['"])(?<path>[.]{1,2}[/][^'"\n]+)[.]ts\k<quote>/g;

/**
 * Node refuses TypeScript under node_modules, so a package holds JavaScript
 * (https://nodejs.org/api/typescript.html#type-stripping-in-dependencies).
 *
 * @param {string} root - the checkout
 * @param {string} out - an empty folder
 */
export function compile(root, out) {
  for (const name of ROOMS.flatMap((room) => filesOf(root, room))) {
    const target = join(out, name.replace(/[.]ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    if (name.endsWith('.ts')) writeFileSync(target, toJavaScript(readFileSync(join(root, name), 'utf8')));
    else cpSync(join(root, name), target);
  }
}

/** @param {string} source */
export function toJavaScript(source) {
  return stripTypeScriptTypes(source).replaceAll(MODULE_PATH, '$<quote>$<path>.js$<quote>');
}

/**
 * @param {string} root
 * @param {string} room
 */
function filesOf(root, room) {
  return readdirSync(join(root, room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length).replace(/^[/]/, ''))
    .filter((name) => !LEFT_OUT.some((pattern) => pattern.test(name)))
    .sort();
}
