/**
 * The engine's messages about a Dockerfile that is newer than itself, and what to do (matched on Podman 4.3 to 5.x).
 */
import { failure } from '../../contracts/core/failures.ts';
import type { PodmanClient } from '../podman/client.ts';
import { instructionsOf } from './dockerfile/instructions.ts';

const UPDATE = 'or update Podman on the build host.';

const ADVICE: readonly (readonly [says: RegExp, advice: string])[] = [
  [
    /(?:COPY|ADD|RUN|FROM) only supports the|unknown flag|unrecognized flag/i,
    `This host's Podman does not know a flag of this step. Leave it out (--link changes only how layers are cached), ${UPDATE}`,
  ],
  [/flag provided but not defined/i, `This host's Podman does not know a flag of this step. Leave it out, ${UPDATE}`],
  [/parsing chmod/i, `This host's Podman knows --chmod with octal modes only, such as 755. Use one, ${UPDATE}`],
  [
    /invalid mount (?:type|option)|secret should have syntax|ssh should have syntax|invalid .*mount/i,
    `This host's Podman does not know this kind of --mount or one of its options. Leave it out, ${UPDATE}`,
  ],
  [
    /(?:secret|ssh) required but/i,
    'Landfall gives builds no secrets and no SSH agent. Fetch what needs them in CI and commit or publish it, or push the ' +
      'image yourself (docs/ci.md).',
  ],
  [
    /missing ':' in substitution|unsupported modifier/i,
    `This host's Podman does not know this form of \${variable}. Write the value out or set it in a RUN, ${UPDATE}`,
  ],
  [
    /unknown instruction/i,
    "The Dockerfile has an instruction that does not exist, or one that this host's Podman is too old for. Correct it, " +
      `${UPDATE} The lines of a here-document (<<EOF) are read as instructions before Podman 4.8.`,
  ],
  [/must have two arguments/i, 'Write NAME=value in this instruction.'],
  [
    /no stage or image found with that name/i,
    'Name a stage that stands above this step, or an image that this host can pull.',
  ],
];

/** The advice; `undefined` when the engine's own message is clear enough. */
export function adviceAbout(words: string): string | undefined {
  return ADVICE.find(([says]) => says.test(words))?.[1];
}

/** `RUN <<EOF`, `COPY <<-'EOF' /x`: in a shell's `<<<` and in `1<<3` there is no such word. */
const HEREDOC = /(?:^|\s)\d*<<-?\s*(["']?)([A-Za-z_]\w*)\1/;
/** Buildah 1.33 came with it. */
const KNOWS_HEREDOCS = { major: 4, minor: 8 };

/**
 * The first here-document of a Dockerfile: an instruction with the word that a line of its own repeats.
 *
 * @throws `UnsafeSource` for what cannot be read with certainty
 */
export function heredocIn(dockerfile: string): { readonly line: number; readonly text: string } | undefined {
  const lines = dockerfile.split(/\r?\n/).map((line) => line.trim());
  for (const { keyword, flags, rest, line } of instructionsOf(dockerfile).certain) {
    const text = [keyword, ...flags, rest].join(' ');
    const word = ['RUN', 'COPY', 'ADD'].includes(keyword) ? HEREDOC.exec(text)?.[2] : undefined;
    if (word !== undefined && lines.includes(word, line)) return { line, text: text.slice(0, 80) };
  }
  return undefined;
}

/**
 * Older engines run such a step with nothing in it, and may build something else without a word.
 *
 * @returns whether lines of here-documents are no instructions to the engine
 * @throws `BuildFailed` when the Dockerfile has a here-document and the engine knows none
 */
export async function checkHeredocs(dockerfile: string, podman: PodmanClient, signal: AbortSignal): Promise<boolean> {
  if (!dockerfile.includes('<<')) return false;
  const found = heredocIn(dockerfile);
  const { Version } = await podman.json<{ readonly Version: string }>('GET', '/version', { signal });
  const [major = 0, minor = 0] = Version.split('.').map(Number);
  const { major: least, minor: since } = KNOWS_HEREDOCS;
  if (major > least || (major === least && minor >= since)) return true;
  if (!found) return false;
  throw failure(
    'BuildFailed',
    `Line ${found.line} of the Dockerfile begins a here-document (${found.text}), which Podman ${Version} on this build host ` +
      'does not know: 4.8 is the first that does. Join the commands with && and \\, or COPY a script, or update Podman.',
  );
}
