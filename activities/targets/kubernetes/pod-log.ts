import type { Secret } from '../../../contracts/core/secret.ts';
import { mask } from '../../logs/masker.ts';
import type { KubernetesPlace } from './place.ts';

/** Masking must see where a key of many lines begins; fewer of them are shown. */
const LINES = 200;

interface WantedLog {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Values to mask in it. */
  readonly secrets: readonly Secret[];
  readonly signal: AbortSignal;
}

/**
 * The last lines of a container, masked: of its last end, if it was started again since, or else of its present run. A log
 * that cannot be read is empty: it must hide nothing else.
 */
export async function lastLines(
  { client }: Pick<KubernetesPlace, 'client'>,
  { namespace, pod, container, secrets, signal }: WantedLog,
): Promise<readonly string[]> {
  const read = async (previous: boolean) =>
    client
      .podLog({ namespace, name: pod }, { container, previous, tailLines: LINES }, signal)
      .then((text) => linesOf(mask(text, secrets)))
      .catch((): readonly string[] => []);
  const before = await read(true);
  return before.length > 0 ? before : read(false);
}

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line.trim() !== '');
