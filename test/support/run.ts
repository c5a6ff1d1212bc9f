/**
 * The parts that one run of the suite shares: a folder, a Temporal server, a registry, a PostgreSQL. Set up once,
 * before the first test file.
 */

/** Environment variables that carry it from jest's main process to its workers. */
const VARIABLES = {
  dir: 'LANDFALL_TEST_DIR',
  temporal: 'LANDFALL_TEST_TEMPORAL',
  registry: 'LANDFALL_TEST_REGISTRY',
  postgres: 'LANDFALL_TEST_POSTGRES',
} as const;

export interface TestRun {
  /** Every file, socket and mount that the suite makes is below this folder. Short, for sockets' sake. */
  readonly dir: string;
  /** host:port of Temporal's frontend. */
  readonly temporal: string;
  /** host:port of the image registry. */
  readonly registry: string;
  /** URL of the database that others are copied from: see test/store/support. */
  readonly postgres: string;
}

export function publishTestRun(run: TestRun): void {
  process.env[VARIABLES.dir] = run.dir;
  process.env[VARIABLES.temporal] = run.temporal;
  process.env[VARIABLES.registry] = run.registry;
  process.env[VARIABLES.postgres] = run.postgres;
}

/** @throws Error outside of jest, where there is no set-up */
export function testRun(): TestRun {
  return {
    dir: read(VARIABLES.dir),
    temporal: read(VARIABLES.temporal),
    registry: read(VARIABLES.registry),
    postgres: read(VARIABLES.postgres),
  };
}

function read(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: test/support is for tests that jest runs.`);
  return value;
}
