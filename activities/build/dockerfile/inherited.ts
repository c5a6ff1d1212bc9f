/**
 * Inherited instructions: base images bring their own (`ONBUILD`), which run as if they stood in the Dockerfile, so
 * they are checked as well.
 */
import { Buffer } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseForeignJson } from '../../../contracts/core/foreign-json.ts';
import { failure } from '../../../contracts/core/failures.ts';
import { PodmanError, type PodmanClient } from '../../podman/client.ts';
import type { EngineInfo } from '../../podman/info.ts';
import type { RegistrySettings } from '../../registry/client.ts';
import { pullHeaders } from '../../registry/engine-headers.ts';
import { NO_LOGINS } from '../../registry/logins.ts';
import { checkInstruction, type CheckOptions } from './check.ts';
import { withoutHeredocs } from './heredocs.ts';
import { instructionsOf, triggersOf, type Instruction } from './instructions.ts';
import { refuse } from './refuse.ts';

interface BaseImagesDeps {
  readonly podman: PodmanClient;
  readonly info: (signal: AbortSignal) => Promise<EngineInfo>;
  readonly registry: RegistrySettings;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

interface Base {
  readonly name: string;
  /** `os/architecture[/variant]`, when it is not this machine's own. */
  readonly platform: string;
  /** The name of its stage, or empty. */
  readonly alias: string;
  readonly line: number;
  readonly lines: number;
}

/** OCI's names for the values of `process.arch` (image-spec, "Platform Variants"). */
const ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', arm64: 'arm64', ppc64: 'ppc64le' };
const OWN_ARCHITECTURE = ARCHITECTURE[process.arch] ?? process.arch;
const OWN_PLATFORM = `linux/${OWN_ARCHITECTURE}`;

const STAGE = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** The builder sets these by itself (docs.docker.com, "Automatic platform ARGs"). */
const BUILT_IN: Readonly<Record<string, string>> = Object.fromEntries(
  ['BUILD', 'TARGET'].flatMap((of) => [
    [`${of}PLATFORM`, OWN_PLATFORM],
    [`${of}OS`, 'linux'],
    [`${of}ARCH`, OWN_ARCHITECTURE],
    [`${of}VARIANT`, ''],
  ]),
);

/**
 * Checks what every base image brings along, and has the Dockerfile start from the very images that were checked: a name
 * could stand for another one a moment later, or to the builder.
 *
 * @returns the text to build
 * @throws `UnsafeSource`, `BuildFailed` in the engine's words when an image cannot be had, `InvalidConfiguration` when
 * this process may not look into the engine's storage
 */
export async function pinBaseImages(
  text: string,
  args: Readonly<Record<string, string>>,
  options: CheckOptions,
  deps: BaseImagesDeps,
): Promise<string> {
  const lines = text.split('\n');
  for (const base of basesOf(options.heredocs ? withoutHeredocs(text) : text, args)) {
    const id = (await inspect(base, deps)) ?? (await pull(base, deps));
    for (const trigger of triggersOf(await onBuildOf(base, id, deps))) {
      const flags = checkInstruction({ ...trigger, line: base.line }, options);
      if (flags)
        throw refuse(base.line, `${base.name} runs a step with a cache (ONBUILD)`, 'Start from another image.');
    }
    const pinned = base.alias === '' ? `FROM ${id}` : `FROM ${id} AS ${base.alias}`;
    lines.splice(base.line - 1, base.lines, pinned, ...Array.from({ length: base.lines - 1 }, () => ''));
  }
  return lines.join('\n');
}

/** The images of all stages that are no stage themselves. Variables are those that stand before the first stage. */
export function basesOf(text: string, args: Readonly<Record<string, string>>): readonly Base[] {
  const { certain, inDoubt } = instructionsOf(text);
  const variables: Record<string, string> = { ...BUILT_IN };
  const stages = new Set<string>(['scratch']);
  const bases: Base[] = [];
  let isHead = true;
  for (const one of certain) {
    if (one.keyword === 'ARG' && isHead) declare(one.rest, args, variables);
    if (one.keyword !== 'FROM') continue;
    isHead = false;
    const [image = '', , alias = ''] = one.rest.split(/[\t\v\f\r ]+/);
    const name = expand(image, variables);
    if (name !== '' && !stages.has(name)) {
      bases.push({ name, platform: platformOf(one, variables), alias, line: one.line, lines: one.lines });
    }
    // An alias that some engine does not accept as a stage could be an image to it.
    if (STAGE.test(alias)) stages.add(alias);
  }
  const doubtful = inDoubt.find(({ keyword, line }) => keyword === 'FROM' && !certain.some((one) => one.line === line));
  if (doubtful) throw refuse(doubtful.line, 'FROM follows a here-document', 'Write the script in one RUN line.');
  return bases;
}

function declare(rest: string, args: Readonly<Record<string, string>>, variables: Record<string, string>): void {
  for (const word of rest.split(/[\t\v\f\r ]+(?=[A-Za-z_]\w*(?:=|$))/)) {
    const [, name = '', value] = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === '') continue;
    const given = args[name] ?? (value === undefined ? undefined : expand(value, variables));
    if (given !== undefined) variables[name] = given;
  }
}

/** `$NAME`, `${NAME}`, `${NAME:-word}`, `${NAME:+word}` (docs.docker.com, "Environment replacement"), and quotes. */
function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text
    .replaceAll(/["'\\]/g, '')
    .replaceAll(
      /\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})/g,
      (_, plain?: string, name?: string, sign?: string, word: string = '') => {
        const value = variables[plain ?? name ?? ''] ?? '';
        if (sign === '-') return value === '' ? expand(word, variables) : value;
        if (sign === '+') return value === '' ? '' : expand(word, variables);
        return value;
      },
    );
}

function platformOf({ flags }: Instruction, variables: Readonly<Record<string, string>>): string {
  const flag = flags.find((one) => one.startsWith('--platform='));
  const platform = flag === undefined ? '' : expand(flag.slice('--platform='.length), variables);
  return platform === '' ? OWN_PLATFORM : platform;
}

interface Inspected {
  readonly Id: string;
  readonly Os?: string;
  readonly Architecture?: string;
}

/** @returns its id; `undefined` when the engine does not have it for this platform */
async function inspect({ name, platform }: Base, { podman, signal }: BaseImagesDeps): Promise<string | undefined> {
  const path = `/images/${encodeURIComponent(name)}/json`;
  const image = await podman.json<Inspected>('GET', path, { signal }).catch((error: unknown) => unlessRefused(error));
  if (!image) return undefined;
  // An image without a platform is taken to fit.
  const fits = [image.Os, image.Architecture].every((one, at) => !one || platform.split('/')[at] === one);
  return fits ? image.Id : undefined;
}

async function pull(base: Base, deps: BaseImagesDeps): Promise<string> {
  const [os, architecture, variant] = base.platform.split('/');
  const { address, insecure, logins = NO_LOGINS } = deps.registry;
  const plain = insecure && hostOf(base.name) === hostOf(address) && { tlsVerify: false };
  const query = { reference: base.name, policy: 'always', OS: os, Arch: architecture, Variant: variant, ...plain };
  try {
    const call = { query, headers: pullHeaders(logins, base.name), signal: deps.signal };
    for await (const said of deps.podman.lines('POST', '/images/pull', call)) {
      if (typeof said['stream'] === 'string') deps.onLine(said['stream'].trimEnd());
      if (typeof said['error'] === 'string' && said['error'] !== '') throw unavailable(base, said['error']);
    }
  } catch (error) {
    throw error instanceof PodmanError ? unavailable(base, error.message) : error;
  }
  const id = await inspect(base, deps);
  if (id !== undefined) return id;
  throw unavailable(base, `the registry gave none for ${base.platform}`);
}

/**
 * The API does not say it, so it is read where the engine keeps an image's configuration (containers/storage, "images":
 * a file named after its key, in base64 when that is more than letters).
 */
async function onBuildOf({ name }: Base, id: string, { info, signal }: BaseImagesDeps): Promise<readonly string[]> {
  const { graphRoot, driver } = await info(signal);
  const file = `=${Buffer.from(`sha256:${id}`).toString('base64')}`;
  const path = join(graphRoot, `${driver}-images`, id, file);
  try {
    const { config } = parseForeignJson(await readFile(path)) as { config?: { OnBuild?: readonly string[] | null } };
    return config?.OnBuild ?? [];
  } catch (error) {
    throw failure(
      'InvalidConfiguration',
      `What ${name} brings along cannot be checked: ${(error as NodeJS.ErrnoException).code ?? 'no configuration'} in Podman's ` +
        `storage at ${graphRoot}. Run Landfall's worker on this host as root or as Podman's own account.`,
    );
  }
}

const unavailable = ({ name, line }: Base, words: string) =>
  failure(
    'BuildFailed',
    `The build failed: line ${line} of the Dockerfile: ${name} cannot be had: ${words.trim().slice(0, 1_000)}`,
  );

/** The engine does not have an image whose name it refuses: the pull then gives the reason. */
function unlessRefused(error: unknown): undefined {
  if (error instanceof PodmanError) return undefined;
  throw error;
}

const hostOf = (name: string): string => name.split('/')[0] ?? '';
