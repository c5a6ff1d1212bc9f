/**
 * `RUN --mount=…`. The builder mounts on the host's side, before the step is shut in: older ones follow links and `..`
 * in what they are given, and mount the host's own folders (CVE-2024-1753, CVE-2024-9407, CVE-2024-9675, CVE-2024-11218).
 */
import { createHash } from 'node:crypto';
import { refuse } from './refuse.ts';

/** The options that a mount of a kind may have. Propagation and relabelling of the host's files are left out. */
const OPTIONS: Readonly<Record<string, ReadonlySet<string>>> = {
  bind: new Set(['type', 'from', 'source', 'src', 'target', 'dst', 'destination', 'ro', 'readonly']),
  cache: new Set(['type', 'id', 'target', 'dst', 'destination', 'ro', 'readonly', 'sharing', 'mode', 'uid', 'gid']),
  tmpfs: new Set(['type', 'target', 'dst', 'destination', 'size', 'tmpfs-size', 'tmpfs-mode']),
  secret: new Set(['type', 'id', 'target', 'dst', 'destination', 'required', 'mode', 'uid', 'gid']),
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
  const fields = value.split(',').map((field): [string, string | undefined] => {
    const at = field.indexOf('=');
    return at < 0 ? [field, undefined] : [field.slice(0, at), field.slice(at + 1)];
  });
  const get = (...names: readonly string[]) => fields.find(([name]) => names.includes(name))?.[1];
  const type = get('type') ?? 'bind';
  const options = Object.hasOwn(OPTIONS, type) ? OPTIONS[type] : undefined;
  if (options === undefined) {
    throw refuse(line, `--mount=type=${type.slice(0, 40)} is not supported`, `Use ${Object.keys(OPTIONS).join(', ')}.`);
  }
  if (new Set(fields.map(([name]) => name)).size !== fields.length) {
    throw refuse(line, 'a --mount names an option twice', 'Name each once.');
  }
  for (const [name, given] of fields) {
    if (!options.has(name))
      throw refuse(line, `--mount has the option ${JSON.stringify(name.slice(0, 40))}`, advice(type));
    if (given !== undefined && (!VALUE.test(given) || given.split('/').includes('..'))) {
      throw refuse(
        line,
        `the value of ${name} in --mount is not a plain name or path`,
        'Leave out "..", quotes and variables.',
      );
    }
  }
  if (type === 'bind') checkBind(get('from'), get('source', 'src'), line);
  // `sharing=locked` has the engine open a file in the folder that steps write to, following links.
  const replaced = type === 'cache' ? ['type', 'id', 'sharing'] : ['type'];
  const rest = fields.filter(([name]) => !replaced.includes(name));
  const id = type === 'cache' ? [`id=${cacheName(owner, get('id') ?? get('target', 'dst', 'destination') ?? '')}`] : [];
  return [
    `type=${type}`,
    ...id,
    ...rest.map(([name, given]) => (given === undefined ? name : `${name}=${given}`)),
  ].join(',');
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
