/** Refuses lines of a Dockerfile that the engine itself carries out: steps are shut in (run-build.ts), and these reach past that. */
import { withoutHeredocs } from './heredocs.ts';
import { instructionsOf, type Instruction } from './instructions.ts';
import { safeMount } from './mounts.ts';
import { refuse } from './refuse.ts';

export interface CheckOptions {
  /** The service, as no other is called: its caches are its own. */
  readonly owner: string;
  /** True when builds on this host may use its network (`buildNetwork: host`). */
  readonly hostNetwork: boolean;
  /** True when the engine knows here-documents: their lines are no instructions then. */
  readonly heredocs?: boolean;
}

/**
 * Checks every line, `ONBUILD` too.
 *
 * @returns the text to build: the same, but for the names of its caches
 * @throws `UnsafeSource` naming the line and what to write instead
 */
export function checkDockerfile(text: string, options: CheckOptions): string {
  const { certain, inDoubt } = instructionsOf(options.heredocs ? withoutHeredocs(text) : text);
  for (const one of inDoubt) checkInstruction(one, options);
  const lines = text.split('\n');
  for (const one of certain) {
    const flags = checkInstruction(one, options);
    if (flags === undefined) continue;
    const rewritten = [one.keyword, ...flags, one.rest].join(' ');
    const blank = Array.from({ length: one.lines - 1 }, () => '');
    // An empty line after it would be in its here-document.
    const rewrittenLast = options.heredocs === true && one.rest.includes('<<');
    lines.splice(one.line - 1, one.lines, ...(rewrittenLast ? [...blank, rewritten] : [rewritten, ...blank]));
  }
  return lines.join('\n');
}

/** @returns other flags, when it has to be rewritten @throws `UnsafeSource` */
export function checkInstruction(instruction: Instruction, options: CheckOptions): readonly string[] | undefined {
  switch (instruction.keyword) {
    case 'RUN':
      return checkRun(instruction, options);
    case 'ADD':
      checkAdd(instruction, options);
      return undefined;
    case 'COPY':
    case 'FROM':
      checkSource(instruction);
      return undefined;
    case 'ONBUILD':
      checkOnBuild(instruction, options);
      return undefined;
    default:
      return undefined;
  }
}

function checkRun({ flags, line }: Instruction, { owner, hostNetwork }: CheckOptions): readonly string[] | undefined {
  const safe = flags.map((flag) => {
    const [name, value] = split(flag);
    if (name === '--mount') return `--mount=${safeMount(value, owner, line)}`;
    const ofNetwork = name === '--network' && (['none', 'default'].includes(value) || hostNetwork);
    if (ofNetwork) return flag;
    throw refuse(line, `RUN ${flag.slice(0, 60)} is not allowed on this host`, 'Leave it out.');
  });
  return safe.some((flag, index) => flag !== flags[index]) ? safe : undefined;
}

/** The engine itself fetches the sources of `ADD`, on the host's own network. */
const REMOTE = ['http://', 'https://', 'git://', 'git@', 'ssh://', 'ftp://', 'github.com'];

function checkAdd({ rest, line }: Instruction, { hostNetwork }: CheckOptions): void {
  if (hostNetwork) return;
  if (rest.includes('[') && rest.includes('\\')) {
    throw refuse(line, 'ADD with escapes cannot be read with certainty', 'Write the names plainly, or use COPY.');
  }
  // Words, whether in JSON or not, without what quotes and escapes could hide.
  for (const word of rest.split(/[\t\v\f\r ,[\]]+/)) {
    const plain = word.replaceAll(/["'`\\]/g, '');
    const [literal = ''] = plain.split('$');
    const hidden = plain.includes('$') && REMOTE.some((start) => start.startsWith(literal));
    if (!hidden && !plain.includes('://') && !REMOTE.some((start) => literal.startsWith(start))) continue;
    throw refuse(
      line,
      hidden
        ? `ADD ${plain.slice(0, 60)} could become an address`
        : 'ADD of an address is fetched on the host’s own network',
      hidden ? 'Begin it with ./, or use COPY.' : 'Fetch it in a RUN step with curl or wget.',
    );
  }
}

/** Images of the engine's own machine: archives and folders on it. */
const LOCAL_TRANSPORT = /^(?:containers-storage|dir|docker-archive|docker-daemon|oci|oci-archive|ostree|sif|tarball):/i;

function checkSource({ keyword, rest, line }: Instruction): void {
  const plain = rest.replaceAll(/["'\\]/g, '');
  const named = keyword === 'FROM' ? plain : (/--from=(\S*)/.exec(plain)?.[1] ?? '');
  if (keyword === 'COPY' && named.includes('$')) {
    throw refuse(line, `COPY --from=${named.slice(0, 60)} holds a variable`, 'Name the stage or image.');
  }
  const local = LOCAL_TRANSPORT.test(named) ? named : undefined;
  if (local === undefined) return;
  throw refuse(line, `${local.slice(0, 60)} is a file of the build host`, 'Name an image of a registry.');
}

/** `ONBUILD` runs in a later build, which starts from this one's image and checks it again (inherited.ts). */
function checkOnBuild({ rest, line }: Instruction, options: CheckOptions): void {
  const { certain } = instructionsOf(rest);
  for (const one of certain) {
    const flags = checkInstruction({ ...one, line }, options);
    if (flags) throw refuse(line, 'ONBUILD with a cache is not supported', 'Write the step where it is used.');
  }
}

function split(flag: string): [string, string] {
  const at = flag.indexOf('=');
  return at < 0 ? [flag, ''] : [flag.slice(0, at), flag.slice(at + 1)];
}
