// @ts-check
/** The package's manifest: pure, from the checkout's package.json and lock file. */

/**
 * @typedef {object} Manifest
 * @property {string} version
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 */

/** @typedef {{ version: string, packages: Record<string, Record<string, unknown>> }} Lock */

const KEPT = ['name', 'description', 'license', 'bin', 'type', 'dependencies', 'optionalDependencies', 'engines'];
/** https://semver.org, without build metadata: npm drops that. */
const VERSION = /^v(?<version>\d+[.]\d+[.]\d+(?:-[0-9A-Za-z.-]+)?)$/;

/**
 * The version is the tag's. Between two tags it is a prerelease, which npm never installs unless it is named.
 *
 * @param {unknown} manifest
 * @param {string | undefined} tag - of the commit that is packed
 * @throws Error for a tag that is no version
 */
export function versionOf(manifest, tag) {
  if (tag === undefined) return `${/** @type {Manifest} */ (manifest).version}-dev`;
  const version = VERSION.exec(tag)?.groups?.['version'];
  if (version === undefined) throw new Error(`The tag ${tag} is not a version such as v1.2.3.`);
  return version;
}

/**
 * A release says what is new in it.
 *
 * @param {string} changelog - CHANGELOG.md
 * @param {string} version - of a tag
 * @throws Error when the version has no section with its date
 */
export function assertChanges(changelog, version) {
  if (changelog.split('\n').some((line) => line.startsWith(`## [${version}] - `) && /\d{4}-\d{2}-\d{2}$/.test(line)))
    return;
  throw new Error(
    `CHANGELOG.md has no section "## [${version}] - YYYY-MM-DD": rename "Unreleased", and tag the commit with that.`,
  );
}

/**
 * @param {unknown} manifest - the checkout's package.json
 * @param {string} version
 */
export function manifestOf(manifest, version) {
  const of = /** @type {Record<string, unknown>} */ (manifest);
  return { version, ...Object.fromEntries(KEPT.map((key) => [key, of[key]])) };
}

/**
 * The lock file under the name that npm publishes, without what only develops Landfall: what people install is what the
 * tests ran on (https://docs.npmjs.com/cli/configuring-npm/npm-shrinkwrap-json).
 *
 * @param {unknown} lock - the checkout's package-lock.json
 * @param {string} version
 */
export function lockOf(lock, version) {
  const { packages, ...rest } = /** @type {Lock} */ (lock);
  const { '': root = {}, ...others } = packages;
  const { devDependencies: _, ...own } = root;
  const needed = Object.entries(others).filter(([, { dev }]) => dev !== true);
  return { ...rest, version, packages: { '': { ...own, version }, ...Object.fromEntries(needed) } };
}
