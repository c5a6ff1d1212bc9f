/**
 * `RUN --mount=…`. The builder mounts on the host's side, before the step is shut in: older ones follow links and `..`
 * in what they are given, and mount the host's own folders (CVE-2024-1753, CVE-2024-9407, CVE-2024-9675, CVE-2024-11218).
 */
import { createHash } from 'node:crypto';
import { refuse } from './refuse.ts';

/** One option under several names: the builder takes the last of them that stands there, so only one may. */
const ALIASES: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
  rw: 'readwrite',
  'tmpfs-size': 'size',
  'tmpfs-mode': 'mode',
};

/** The options that a mount of a kind may have. Propagation and relabelling of the host's files are left out. */
const OPTIONS: Readonly<Record<string, ReadonlySet<string>>> = {
  bind: new Set(['type', 'from', 'source', 'target', 'readonly']),
  cache: new Set(['type', 'id', 'target', 'readonly', 'sharing', 'mode', 'uid', 'gid']),
  tmpfs: new Set(['type', 'target', 'size', 'mode']),
  secret: new Set(['type', 'id', 'target', 'required', 'mode', 'uid', 'gid']),
};
const VALUE = /^[A-Za-z0-9_./@:+-]*$/;
/** The builder lays caches in a folder each; with a name of our own none lies in another. */
const CACHE_NAME = 40;

/**
 * Checks one mount, and gives a cache a name that belongs to this service alone: what one build leaves in a cache, no
 * other service's build finds.
 *
 * @param value - what follows `--mount=`
 * @param owner - the service, as no other is called
 * @returns the mount to ask for instead
 * @throws `UnsafeSource`
 */
export function safeMount(value: string, owner: string, line: number): string {
  const fields = value.split(',').map((field) => fieldOf(field));
  const twice = fields.find(({ option }, at) => fields.findIndex((one) => one.option === option) !== at);
  if (twice) {
    throw refuse(line, `a --mount names the option ${twice.option.slice(0, 40)} twice`, 'Name each once.');
  }
  const get = (name: string) => fields.find(({ option }) => option === name)?.value;
  const type = get('type') ?? 'bind';
  const options = Object.hasOwn(OPTIONS, type) ? OPTIONS[type] : undefined;
  if (options === undefined) {
    throw refuse(line, `--mount=type=${type.slice(0, 40)} is not supported`, `Use ${Object.keys(OPTIONS).join(', ')}.`);
  }
  for (const { written, option, value: given } of fields) {
    if (!options.has(option))
      throw refuse(line, `--mount has the option ${JSON.stringify(written.slice(0, 40))}`, advice(type));
    if (given !== undefined && (!VALUE.test(given) || given.split('/').includes('..'))) {
      throw refuse(
        line,
        `the value of ${written} in --mount is not a plain name or path`,
        'Leave out "..", quotes and variables.',
      );
    }
  }
  if (type === 'bind') checkBind(get('from'), get('source'), line);
  // `sharing=locked` has the engine open a file in the folder that steps write to, following links.
  const replaced = type === 'cache' ? ['type', 'id', 'sharing'] : ['type'];
  const rest = fields.filter(({ option }) => !replaced.includes(option));
  const id = type === 'cache' ? [`id=${cacheName(owner, get('id') ?? get('target') ?? '')}`] : [];
  return [
    `type=${type}`,
    ...id,
    ...rest.map(({ written, value: given }) => (given === undefined ? written : `${written}=${given}`)),
  ].join(',');
}

interface Field {
  /** The name that stands there. */
  readonly written: string;
  /** The one name of that option. */
  readonly option: string;
  readonly value: string | undefined;
}

function fieldOf(field: string): Field {
  const at = field.indexOf('=');
  const written = at < 0 ? field : field.slice(0, at);
  const option = (Object.hasOwn(ALIASES, written) ? ALIASES[written] : undefined) ?? written;
  return { written, option, value: at < 0 ? undefined : field.slice(at + 1) };
}

const advice = (type: string): string =>
  type === 'bind' ? 'A bind mount is read-only; copy what the step changes.' : 'Leave it out.';

/** A path below another stage or image may be a link, which older engines follow to the host. */
function checkBind(from: string | undefined, source: string | undefined, line: number): void {
  if (from === undefined || source === undefined || /^\/*$/.test(source)) return;
  throw refuse(
    line,
    '--mount=type=bind with both from and source can lead to the host',
    'Leave out source and use the path below target, or take it with COPY --from.',
  );
}

function cacheName(owner: string, name: string): string {
  return createHash('sha256').update(`${owner}\0${name}`).digest('hex').slice(0, CACHE_NAME);
}
