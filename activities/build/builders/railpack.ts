/**
 * Railpack (railpack.com): detects the language and writes a build plan. Its own backend is BuildKit, which Podman
 * hosts do not have, so the plan is turned into a Dockerfile (railpack-dockerfile.ts).
 */
import { Buffer } from 'node:buffer';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../../contracts/core/failures.ts';
import { lastPart } from '../../../contracts/core/text.ts';
import { run } from '../../exec.ts';
import type { Builder, BuilderSource } from './builder.port.ts';
import { isInstalled, parsePlan } from './program.ts';
import { railpackDockerfile } from './railpack-dockerfile.ts';
import { RailpackPlan } from './railpack-plan.ts';

/** Railpack looks versions up in its package index, which takes its time. */
const PLAN_MS = 5 * 60_000;
const PLAN = 'railpack-plan.json';
/** Sent beside the source; no repository has this name by accident. */
const DOCKERFILE = '.landfall.railpack.Dockerfile';
/** Its words for "no provider matches" (railpack 0.x). */
const UNDETECTED = /could not determine how to build/i;

/** Writes the plan to a file and builds nothing. */
export const railpackArgs = ({ folder, generated, settings }: BuilderSource): readonly string[] => [
  'prepare',
  folder,
  '--plan-out',
  join(generated, PLAN),
  ...Object.entries(settings.args).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
];

/** @param file - the program; found in PATH by default */
export function createRailpack(file = 'railpack'): Builder {
  return {
    name: 'railpack',
    available: (signal) => isInstalled(file, signal),
    async prepare(source, onLine, signal) {
      await rm(source.generated, { recursive: true, force: true });
      await mkdir(source.generated, { recursive: true });
      const answer = await run({ file, args: railpackArgs(source) }, { signal, timeoutMs: PLAN_MS, onLine });
      const said = `${answer.stdout}\n${answer.stderr}`;
      if (UNDETECTED.test(said)) return undefined;
      if (answer.exitCode !== 0) throw planFailure(said);
      const plan = await readPlan(join(source.generated, PLAN));
      const added = [{ path: DOCKERFILE, text: railpackDockerfile(plan) }];
      return { context: source.folder, dockerfile: DOCKERFILE, added, args: {} };
    },
  };
}

async function readPlan(path: string): Promise<RailpackPlan> {
  const plan = RailpackPlan.safeParse(parsePlan(await readFile(path).catch(() => Buffer.from('{}'))));
  if (!plan.success) throw planFailure('it wrote a plan that Landfall does not know how to read');
  // Without its package index it still exits with 0, and has planned nothing.
  if (plan.data.steps.length === 0) throw planFailure('its plan has no steps. Can the build host reach the internet?');
  return plan.data;
}

const planFailure = (why: string) =>
  failure('BuildFailed', `Railpack could not plan the build: ${lastPart(why.trim(), 1_000)}`);
