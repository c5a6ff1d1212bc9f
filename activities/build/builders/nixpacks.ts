/** Nixpacks (nixpacks.com): detects the language and writes a Dockerfile, offline and in milliseconds. */
import { Buffer } from 'node:buffer';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { failure } from '../../../contracts/core/failures.ts';
import { lastPart } from '../../../contracts/core/text.ts';
import { run } from '../../exec.ts';
import type { AddedFile, Builder, BuilderSource } from './builder.port.ts';
import { isInstalled, parsePlan } from './program.ts';

/** Measured: 4 to 20 ms. */
const GENERATE_MS = 60_000;
/** Nixpacks writes to this folder below `--out`, and its Dockerfile copies from there. */
const FOLDER = '.nixpacks';
/** Its words for "no provider matches" (nixpacks 1.x). */
const UNDETECTED = /unable to generate a build plan/i;

/** With `--out` it writes its files there, and builds nothing. */
export const nixpacksArgs = ({ folder, generated, settings }: BuilderSource): readonly string[] => [
  'build',
  folder,
  '--out',
  generated,
  ...environment(settings.args),
];

/** Prints the plan behind that Dockerfile: its variables are the Dockerfile's build arguments. */
export const nixpacksPlanArgs = ({ folder, settings }: BuilderSource): readonly string[] => [
  'plan',
  folder,
  '--format',
  'json',
  ...environment(settings.args),
];

const environment = (args: Readonly<Record<string, string>>) =>
  Object.entries(args).flatMap(([name, value]) => ['--env', `${name}=${value}`]);

const Plan = z.object({ variables: z.record(z.string(), z.string()).default({}) });

/** @param file - the program; found in PATH by default */
export function createNixpacks(file = 'nixpacks'): Builder {
  return {
    name: 'nixpacks',
    available: (signal) => isInstalled(file, signal),
    async prepare(source, onLine, signal) {
      await rm(source.generated, { recursive: true, force: true });
      await mkdir(source.generated, { recursive: true });
      const options = { signal, timeoutMs: GENERATE_MS };
      const made = await run({ file, args: nixpacksArgs(source) }, { ...options, onLine });
      const said = `${made.stdout}\n${made.stderr}`;
      if (UNDETECTED.test(said)) return undefined;
      if (made.exitCode !== 0) throw planFailure(said);

      const plan = await run({ file, args: nixpacksPlanArgs(source) }, options);
      if (plan.exitCode !== 0) throw planFailure(plan.stderr);
      const read = Plan.safeParse(parsePlan(Buffer.from(plan.stdout)));
      if (!read.success) throw planFailure('it printed a plan that Landfall does not know how to read');
      const { variables } = read.data;
      const added = await filesIn(join(source.generated, FOLDER));
      return { context: source.folder, dockerfile: `${FOLDER}/Dockerfile`, added, args: variables };
    },
  };
}

async function filesIn(folder: string): Promise<readonly AddedFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map(async (path) => ({ path: FOLDER + path.slice(folder.length), text: await readFile(path, 'utf8') })),
  );
}

const planFailure = (why: string) =>
  failure('BuildFailed', `Nixpacks could not plan the build: ${lastPart(why.trim(), 1_000)}`);
