/**
 * `landfall.yaml`, version 1: the schema, and reading it with line and column for every problem.
 *
 * `services` are read from the commit that is deployed; `environments` from the default branch, so that a
 * pull request cannot point itself at production (docs/adr, "Settings from the commit, protection from the
 * default branch").
 */
import type { LineCounter } from 'yaml';
import { z } from 'zod';
import { parseSize } from '../core/duration.ts';
import { healthFields, healthSettings } from './health-yaml.ts';
import { impossibleSettings } from './impossible-settings.ts';
import { own } from '../core/keys.ts';
import { NAME, isInnerPath, whyNotRefName } from '../core/names.ts';
import { checkProcess, words } from './process-yaml.ts';
import { letsSomethingIn, patternProblem } from './path-filter.ts';
import { privilegeFields, privilegesOf } from './privileges.ts';
import { protectionFields, protectionSettings } from './environment-rules.ts';
import { schemaProblems, type SchemaProblem } from '../core/schema-problems.ts';
import type { EnvironmentSettings, ReleaseCommand, ServiceSettings } from './service.ts';
import { whyNotArgument, whyNotName, whyNotValue } from './variables.ts';
import { duration, milliseconds as ms } from './yaml-fields.ts';
import { unlikelySettings } from './unlikely-settings.ts';
import { mentionsIn, type Mention } from './yaml-mentions.ts';
import { limitProblems, parseYaml, type Problem } from '../core/yaml-text.ts';
import { placeOf, plainValue, yamlTree, type YamlNode } from '../core/yaml-tree.ts';

export const LANDFALL_YAML = 'landfall.yaml';

const name = z.string().regex(NAME, 'use lower-case letters, digits and dashes, 40 at most');
const path = z.string().refine(isInnerPath, 'use a relative path inside the repository, without ".."');
const branch = z.string().superRefine((text, context) => complain(context, whyNotRefName(text)));
const port = z.int().min(1).max(65_535);
const size = z.string().refine((text) => (parseSize(text) ?? 0) > 0, 'use a size such as 256mb or 2gb');
/** YAML's own texts, numbers and truth values are all taken as they are written (see {@link isVariable}). */
const variables = (whyNotKey: (name: string) => string | undefined) =>
  z.record(
    z.string().superRefine((name, context) => complain(context, whyNotKey(name))),
    z
      .string('write one text: quote it, or write "" for an empty one')
      .superRefine((text, context) => complain(context, whyNotValue(text)))
      .meta({ type: ['string', 'number', 'boolean'] }),
  );

const complain = (context: z.RefinementCtx, message: string | undefined): void => {
  if (message !== undefined) context.addIssue({ code: 'custom', message });
};

const Build = z
  .strictObject({
    builder: z.enum(['auto', 'dockerfile', 'nixpacks', 'railpack']).default('auto'),
    dockerfile: path.default('Dockerfile').describe('Relative to root.'),
    args: variables(whyNotArgument)
      .default({})
      .describe('Build arguments. They stay in image metadata: not for secrets.'),
    timeout: duration('10s', '2h').default('15m'),
    pull: z
      .enum(['newer', 'missing', 'always'])
      .default('newer')
      .describe('Base images: pulled when their registry has another one, only when missing, or for every build.'),
    submodules: z
      .enum(['refuse', 'skip'])
      .default('refuse')
      .describe('They are not fetched: a commit that has some is refused, or built with empty folders.'),
    lfs: z
      .enum(['refuse', 'skip'])
      .default('refuse')
      .describe('Git LFS is not fetched: a commit that has pointers is refused, or built with them.'),
    contextLimit: size.default('500mb').describe('The most that the build context may hold.'),
  })
  .superRefine(({ args }, context) => {
    checkProcess({ what: 'Build arguments', field: 'args', variables: args }, [], context);
  });

const Health = z.strictObject(healthFields);

const Run = z
  .strictObject({
    port: port.default(8080).describe('The port that the service listens on inside its container.'),
    command: words.optional().describe("Replaces the image's command; the image's entrypoint goes before it."),
    entrypoint: words.optional().describe("Replaces the image's entrypoint, and its command."),
    env: variables(whyNotName).default({}),
    stopTimeout: duration('1s', '10m')
      .default('10s')
      .describe('A container that is replaced gets SIGTERM, and is killed after this time.'),
    warm: z
      .enum(['running', 'stopped'])
      .default('running')
      .describe('With blue-green: whether the version before runs on, ready to go back to, or is stopped and kept.'),
    memory: size.optional(),
    ...privilegeFields,
  })
  .superRefine(({ env, command = [], entrypoint = [] }, context) => {
    const args = [...entrypoint, ...command];
    checkProcess({ what: 'Command and variables', field: 'env', variables: env }, args, context);
  });

const Release = z.strictObject({
  command: words.describe("What is run, without the image's entrypoint."),
  entrypoint: z
    .union([z.literal('image'), words], 'use image, or a list such as [/bin/sh, -c]')
    .optional()
    .describe('Goes before the command: a list, or image for what the image declares. Default: nothing.'),
  timeout: duration('1s', '2h').default('10m').describe('It is killed then, and the deployment fails.'),
});

/** Further rules would cost more time to read than they save builds. */
const MAX_PATTERNS = 50;
const pathPattern = z.string().superRefine((text, context) => complain(context, patternProblem(text)));

const Service = z.strictObject({
  root: path.default('.').describe('The folder that holds the service.'),
  paths: z
    .array(pathPattern)
    .max(MAX_PATTERNS)
    .refine(letsSomethingIn, 'name at least one path without "!": exclusions alone match nothing')
    .optional()
    .describe(
      'Pushes that change none of these deploy nothing: folders, * and **, ! takes out. Relative to the repository.',
    ),
  build: Build.prefault({}),
  run: Run.prefault({}),
  health: Health.prefault({}),
  release: Release.optional().describe('Run once for each release and environment, before anything is switched.'),
});

const PodmanTarget = z.strictObject({
  hosts: z.array(name).min(1).max(50).describe('Switched in this order.'),
  strategy: z.enum(['recreate', 'blue-green']).default('blue-green'),
  publish: z.record(name, port).describe('Service → the port on which each host answers for it.'),
});

/** What GitHub calls a workflow by in `workflow_run`; its own (code scanning, pages) are `dynamic/…`. */
const WORKFLOW_FILE = /^(?:\.github\/workflows\/[^/]+\.ya?ml|dynamic\/.+)$/;

const Environment = z.strictObject({
  branch: branch.optional().describe('Pushes to this branch deploy here. Default: the default branch.'),
  autoDeploy: z.boolean().default(true).describe('false: only on request.'),
  ci: z
    .string()
    .refine(
      (text) => isInnerPath(text) && WORKFLOW_FILE.test(text),
      'use the path of a workflow, such as .github/workflows/ci.yml, not its name',
    )
    .optional()
    .describe('Deploys once this workflow, such as .github/workflows/ci.yml, has succeeded on the branch.'),
  production: z.boolean().default(false),
  ...protectionFields,
  target: z.strictObject({ podman: PodmanTarget }),
});

export const LandfallYaml = z
  .strictObject({
    version: z.literal(1),
    project: name.optional().describe("Default: the repository's name."),
    services: z.record(name, Service).refine((all) => Object.keys(all).length > 0, 'declare at least one service'),
    environments: z.record(name, Environment).default({}),
  })
  .describe('Landfall: what to build, and where it goes.');
export type LandfallYaml = z.infer<typeof LandfallYaml>;

export type { Problem } from '../core/yaml-text.ts';

export type ReadResult =
  | {
      readonly ok: true;
      readonly value: LandfallYaml;
      /** What will hardly do what it was written for, as far as the file alone tells. */
      readonly warnings: readonly Problem[];
      /** What only a server or the repository can judge. */
      readonly mentions: readonly Mention[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads a text that may be anybody's; how it is done is the caller's (in a thread, where the text is large). */
export type ReadLandfallYaml = (text: string) => Promise<ReadResult>;

/**
 * Parses and checks a whole file, with work in proportion to its size (yaml-text.ts).
 *
 * @param now - in milliseconds since the epoch: what is over is warned of
 */
export function readLandfallYaml(text: string, now: number = Date.now()): ReadResult {
  const parsed = parseYaml(text);
  if (!parsed.ok) return parsed;
  const { document, lines } = parsed;
  const tree = yamlTree(document, lines);
  if (!tree.ok) return tree;
  const { root } = tree;
  const many = tooMany(root, lines);
  if (many) return { ok: false, problems: [many] };
  const read = LandfallYaml.safeParse(plainValue(root, isVariable));
  const found: readonly SchemaProblem[] = read.success
    ? impossibleSettings(read.data)
    : schemaProblems(read.error.issues);
  // An unknown key is pointed at itself, a missing one at the place where it is missing.
  const placed = (all: readonly SchemaProblem[]) =>
    limitProblems(all, ({ path, key, message }) => {
      const { line, col } = lines.linePos(placeOf(root, key === undefined ? path : [...path, key]));
      return { line, column: col, path: path.join('.'), message };
    });
  if (!read.success || found.length > 0) return { ok: false, problems: placed(found) };
  const { data: value } = read;
  const mentions = mentionsIn(value).map(({ at, ...one }) => {
    const { line, col } = lines.linePos(placeOf(root, at));
    return { ...one, line, column: col, path: at.join('.') };
  });
  return { ok: true, value, warnings: placed(unlikelySettings(value, now)), mentions };
}

/** The largest files that we know of have a tenth. Each is checked in full, with all its defaults. */
const MOST = { services: 100, environments: 50 } as const;

function tooMany({ content }: YamlNode, lines: LineCounter): Problem | undefined {
  for (const [name, most] of Object.entries(MOST)) {
    const entry = content.kind === 'map' ? content.entries.get(name) : undefined;
    if (entry?.node.content.kind !== 'map' || entry.node.content.entries.size <= most) continue;
    const { line, col } = lines.linePos(entry.keyAt);
    return { line, column: col, path: name, message: `name at most ${most}: split the project` };
  }
  return undefined;
}

/** `services.*.run.env.*` and `services.*.build.args.*`: texts for programs, so `1.10` stays `1.10`. */
const isVariable = ([first, , part, kind, ...rest]: readonly (string | number)[]): boolean =>
  first === 'services' &&
  rest.length === 1 &&
  ((part === 'run' && kind === 'env') || (part === 'build' && kind === 'args'));

function releaseCommand({ command, entrypoint, timeout }: z.infer<typeof Release>): ReleaseCommand {
  return { command, ...(entrypoint !== undefined && { entrypoint }), timeoutMs: ms(timeout) };
}

/** A service of the file as deployments carry it. */
export function serviceSettings(service: LandfallYaml['services'][string]): ServiceSettings {
  const { build, run, health, release } = service;
  return {
    build: {
      root: service.root,
      builder: build.builder,
      dockerfile: build.dockerfile,
      args: build.args,
      timeoutMs: ms(build.timeout),
      contextLimitBytes: parseSize(build.contextLimit) ?? 0,
      ...(build.pull !== 'newer' && { pull: build.pull }),
      ...(build.submodules === 'skip' && { submodules: 'skip' }),
      ...(build.lfs === 'skip' && { lfs: 'skip' }),
    },
    run: {
      port: run.port,
      ...(run.command && { command: run.command }),
      ...(run.entrypoint && { entrypoint: run.entrypoint }),
      env: run.env,
      stopTimeoutMs: ms(run.stopTimeout),
      ...(run.warm === 'stopped' && { warm: run.warm }),
      ...(run.memory && { memoryBytes: parseSize(run.memory) ?? 0 }),
      privileges: privilegesOf(run),
      ...(release && { release: releaseCommand(release) }),
    },
    health: healthSettings(health),
  };
}

/** An environment as one service sees it; `undefined` when it publishes no port for that service, and so does not run it. */
export function environmentSettings(
  file: LandfallYaml,
  environment: string,
  service: string,
): EnvironmentSettings | undefined {
  const found = own(file.environments, environment);
  const publishPort = found && own(found.target.podman.publish, service);
  if (!found || publishPort === undefined) return undefined;
  const { hosts, strategy } = found.target.podman;
  return {
    name: environment,
    production: found.production,
    target: { kind: 'podman', hosts, strategy, publishPort },
    ...protectionSettings(found),
  };
}

/** The published JSON Schema (draft 2020-12), for editors. */
export const landfallYamlJsonSchema = (): unknown => z.toJSONSchema(LandfallYaml, { io: 'input' });
