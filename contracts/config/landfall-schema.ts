/**
 * The schema of `landfall.yaml`, version 1.
 *
 * `services` are read from the commit that is deployed; `environments` and `previews` from the default branch, so that a
 * pull request cannot point itself at production (docs/adr, "Settings from the commit, protection from the
 * default branch").
 */
import { z } from 'zod';
import { parseSize } from '../core/duration.ts';
import { isInnerPath, whyNotRefName } from '../core/names.ts';
import { whyReservedName } from '../core/preview-names.ts';
import { protectionFields } from './environment-rules.ts';
import { Previews } from './previews-yaml.ts';
import { healthFields } from './health-yaml.ts';
import { letsSomethingIn, patternProblem } from './path-filter.ts';
import { privilegeFields } from './privileges.ts';
import { checkProcess, words } from './process-yaml.ts';
import { TargetFields } from './targets/targets.ts';
import { whyNotArgument, whyNotName, whyNotValue } from './variables.ts';
import { duration, name, port } from './yaml-fields.ts';

const path = z.string().refine(isInnerPath, 'use a relative path inside the repository, without ".."');
const branch = z.string().superRefine((text, context) => complain(context, whyNotRefName(text)));
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
  command: words.describe("The command, without the image's entrypoint."),
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

/** The path by which `workflow_run` names a workflow; GitHub's own (code scanning, pages) are `dynamic/…`. */
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
  target: TargetFields,
});

const environmentName = name.superRefine((text, context) => complain(context, whyReservedName(text)));

export const LandfallYaml = z
  .strictObject({
    version: z.literal(1),
    project: name.optional().describe('Default: the name that the repository had first.'),
    services: z.record(name, Service).refine((all) => Object.keys(all).length > 0, 'declare at least one service'),
    environments: z.record(environmentName, Environment).default({}),
    previews: Previews.optional(),
  })
  .describe('Landfall: what to build, and where it goes.');
export type LandfallYaml = z.infer<typeof LandfallYaml>;

/** The published JSON Schema (draft 2020-12), for editors. */
export const landfallYamlJsonSchema = (): unknown => z.toJSONSchema(LandfallYaml, { io: 'input' });
