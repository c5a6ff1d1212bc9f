#!/usr/bin/env node
// @ts-check
/**
 * The `landfall` command, in a checkout and in the package. JavaScript that every Node reads: one that is too old, and
 * packages that are not installed, end in a sentence.
 */
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const least = String(engines.node).replace('>=', '');

if (isOlder(process.versions.node, least)) {
  refuse(
    `Landfall needs Node ${least} or newer; this is ${process.versions.node}. Install it: https://nodejs.org/en/download`,
  );
} else {
  const compiled = new URL('main.js', import.meta.url);
  try {
    await import(existsSync(compiled) ? compiled.href : new URL('main.ts', import.meta.url).href);
  } catch (error) {
    if (!isMissing(error)) throw error;
    if (isOurs(error)) {
      refuse(`This installation of Landfall is not whole (${error.message}). Install it again, as you did before.`);
    } else refuse(`Packages that Landfall needs are not installed (${error.message}). Run: npm ci --prefix ${ROOT}`);
  }
}

/** @param {string} sentence */
function refuse(sentence) {
  console.error(sentence);
  process.exitCode = 1;
}

/**
 * @param {string} version
 * @param {string} than
 */
function isOlder(version, than) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = than.split('.').map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

/**
 * @param {unknown} error
 * @returns {error is Error}
 */
function isMissing(error) {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}

/**
 * A module of ours, not of a package: an installation was cut off.
 *
 * @param {Error} error
 */
function isOurs({ message }) {
  return !/ package '/.test(message);
}
