/** The HEALTHCHECK of an image, run by the engine inside the container. */
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { firstPart } from '../../../contracts/core/text.ts';
import { mask } from '../../logs/masker.ts';
import type { Containers } from '../../podman/containers.ts';
import type { ProbeOptions, ProbeResult } from '../probe.ts';

/** The engine keeps as much of a check's output. */
const MOST_OUTPUT = 500;

/**
 * Runs the image's HEALTHCHECK.
 * @throws `InvalidConfiguration` when it has none
 */
export async function probeContainer(
  containers: Containers,
  { id, name }: { readonly id: string; readonly name: string },
  { signal, timeoutMs, secrets }: ProbeOptions,
): Promise<ProbeResult> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const { status, exitCode, output = '' } = await containers.healthcheck(id, AbortSignal.any([signal, limit]));
    if (status === 'healthy') return null;
    if (status === 'unhealthy') {
      const code = exitCode === undefined ? '' : ` with code ${exitCode}`;
      const said = secrets && firstPart(mask(output.trim(), secrets), MOST_OUTPUT);
      return `The HEALTHCHECK of ${name} failed${code}${said ? `. It said: ${said}` : ''}`;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) return `The HEALTHCHECK of ${name} did not end within ${timeoutMs} ms`;
    throw error;
  }
  throw noHealthcheck(name);
}

export const noHealthcheck = (name: string) =>
  failure(
    FailureType.InvalidConfiguration,
    `${name} has no HEALTHCHECK in its image. Add one to the Dockerfile (Docker's image format keeps it), or use health.kind http or tcp.`,
  );
