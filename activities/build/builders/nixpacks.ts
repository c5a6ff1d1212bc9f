/** Nixpacks (nixpacks.com): detects the language and writes a Dockerfile, offline and in milliseconds. */
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../../contracts/failures.ts';
import { run } from '../../exec.ts';
import type { Builder, BuilderSource } from './builder.port.ts';
import { isInstalled } from './program.ts';

/** Measured: 4 to 20 ms. */
const GENERATE_MS = 60_000;
/** Where it writes, below `--out`. */
const DOCKERFILE = '.nixpacks/Dockerfile';
/** Its words for "no provider matches" (nixpacks 1.x). */
const UNDETECTED = /unable to generate a build plan/i;

/** With `--out` it copies the source and writes the Dockerfile beside it, and builds nothing. */
export const nixpacksArgs = ({ folder, generated, settings }: BuilderSource): readonly string[] => [
  'build', folder, '--out', generated,
  ...Object.entries(settings.args).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
]; // prettier-ignore

/** @param file - the program; found in PATH by default */
export function createNixpacks(file = 'nixpacks'): Builder {
  return {
    name: 'nixpacks',
    available: (signal) => isInstalled(file, signal),
    async prepare(source, onLine, signal) {
      await rm(source.generated, { recursive: true, force: true });
      await mkdir(source.generated, { recursive: true });
      const answer = await run({ file, args: nixpacksArgs(source) }, { signal, timeoutMs: GENERATE_MS, onLine });
      const said = `${answer.stdout}\n${answer.stderr}`;
      if (UNDETECTED.test(said)) return undefined;
      if (answer.exitCode !== 0) {
        throw failure('BuildFailed', `Nixpacks could not plan the build: ${said.trim().slice(-1_000)}`);
      }
      const found = await stat(join(source.generated, DOCKERFILE)).catch(() => undefined);
      return found?.isFile() ? { context: source.generated, dockerfile: DOCKERFILE } : undefined;
    },
  };
}
