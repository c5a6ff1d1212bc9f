import type { Secret } from '../../../contracts/core/secret.ts';
import { mask } from '../../logs/masker.ts';
import type { KubernetesPlace } from './place.ts';

/** Masking must see where a key of many lines begins; fewer of them are shown. */
const LINES = 200;
/** A program may print without line breaks: no more than this is read. */
const MOST_BYTES = 1024 * 1024;

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
      .podLog({ namespace, name: pod }, { container, previous, tailLines: LINES, limitBytes: MOST_BYTES }, signal)
      .then((text) => linesOf(mask(wholeLines(text), secrets)))
      .catch((): readonly string[] => []);
  const before = await read(true);
  return before.length > 0 ? before : read(false);
}

/** A line that the limit has cut off may end within a secret, which masking would not know. */
const wholeLines = (text: string): string =>
  Buffer.byteLength(text) < MOST_BYTES ? text : text.slice(0, text.lastIndexOf('\n') + 1);

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line.trim() !== '');
