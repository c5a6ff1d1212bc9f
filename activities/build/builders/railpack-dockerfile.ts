/**
 * A Railpack plan as a Dockerfile: one stage a step, and one for what is deployed. Experimental: it was written after the
 * description of plans, and has built none that Railpack itself made.
 *
 * Differences from Railpack's own BuildKit backend: a layer's `exclude` is not honoured (the image may hold more than
 * it must, never less), and build secrets do not exist.
 */
import { posix } from 'node:path';
import { failure } from '../../../contracts/core/failures.ts';
import type { PlanCommand, Layer, RailpackPlan, PlanStep } from './railpack-plan.ts';

const APP = '/app';
/** Debian's PATH; Railpack's images are Debian. */
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Another stage's files are mounted here while they are copied. */
const INPUT = '/run/landfall-input';

/** The environment that a step leaves to the steps that build on it. */
interface Environment {
  readonly variables: Readonly<Record<string, string>>;
  readonly paths: readonly string[];
}

/** @throws `BuildFailed` for a plan that refers to what it does not have */
export function railpackDockerfile(plan: RailpackPlan): string {
  const stages = new Map<string, { readonly stage: string; readonly leaves: Environment }>();
  const find = (name: string) => {
    const found = stages.get(name);
    if (!found)
      throw failure('BuildFailed', `Railpack's plan needs the step ${JSON.stringify(name)} and does not have it.`);
    return found;
  };
  const lines: string[] = [];

  for (const step of inOrder(plan.steps)) {
    const from = inherited(step.inputs.flatMap(({ step: name }) => (name === undefined ? [] : [find(name).leaves])));
    const starts = { variables: { ...from.variables, ...step.variables }, paths: from.paths };
    const stage = `step${stages.size}`;
    lines.push(...stageLines(step.inputs, stage, (name) => find(name).stage), ...environmentLines(starts));
    const added = step.commands.flatMap((command) => ('path' in command && !('name' in command) ? [command.path] : []));
    lines.push(...step.commands.flatMap((command, index) => commandLines(plan, step, command, index, starts)), '');
    stages.set(step.name, { stage, leaves: { ...starts, paths: [...starts.paths, ...added] } });
  }

  const { base, inputs, startCommand, variables, paths } = plan.deploy;
  const from = inherited(inputs.flatMap(({ step: name }) => (name === undefined ? [] : [find(name).leaves])));
  lines.push(
    ...stageLines([...(base ? [base] : []), ...inputs], 'deploy', (name) => find(name).stage),
    ...environmentLines({ variables: { ...from.variables, ...variables }, paths: [...paths, ...from.paths] }),
    `ENTRYPOINT ${JSON.stringify(['/bin/bash', '-c'])}`,
    `CMD ${JSON.stringify([startCommand === '' ? '/bin/bash' : startCommand])}`,
  );
  return `${lines.join('\n')}\n`;
}

/** Steps after the ones that they build on; a plan lists them in any order. */
function inOrder(steps: readonly PlanStep[]): readonly PlanStep[] {
  const sorted = new Set<PlanStep>();
  const visit = (step: PlanStep, above: readonly PlanStep[]) => {
    if (above.includes(step)) throw failure('BuildFailed', `The step ${step.name} of Railpack's plan needs itself.`);
    for (const { step: name } of step.inputs) {
      const needed = steps.find((one) => one.name === name);
      if (needed) visit(needed, [...above, step]);
    }
    sorted.add(step);
  };
  for (const step of steps) visit(step, []);
  return [...sorted];
}

const inherited = (from: readonly Environment[]): Environment => ({
  variables: Object.assign({}, ...from.map(({ variables }) => variables)) as Record<string, string>,
  paths: [...new Set(from.flatMap(({ paths }) => paths))],
});

function stageLines([base, ...others]: readonly Layer[], stage: string, stageOf: (step: string) => string): string[] {
  const named = (layer: Layer | undefined) => (layer?.step === undefined ? layer?.image : stageOf(layer.step));
  return [
    `FROM ${named(base) ?? 'scratch'} AS ${stage}`,
    `WORKDIR ${APP}`,
    ...others.flatMap((layer) => {
      const from = named(layer);
      if (from !== undefined) return layer.include.map((path) => copyFrom(from, posix.resolve(APP, path)));
      return layer.local
        ? layer.include.map((path) => `COPY ${copied(path, posix.join(APP, posix.basename(path)))}`)
        : [];
    }),
  ];
}

/** Copies only files that exist; COPY would fail. */
function copyFrom(from: string, path: string): string {
  const [source, target] = [quoted(INPUT + path), quoted(path)];
  const script =
    `if [ -d ${source} ]; then mkdir -p ${target} && cp -a ${source}/. ${target}/; ` +
    `elif [ -e ${source} ]; then mkdir -p ${quoted(posix.dirname(path))} && cp -a ${source} ${target}; fi`;
  return `RUN --mount=type=bind,from=${from},target=${INPUT} ${script}`;
}

const environmentLines = ({ variables, paths }: Environment): string[] => [
  ...Object.entries(variables).map(([name, value]) => `ENV ${name}=${escaped(value)}`),
  ...(paths.length === 0 ? [] : [pathLine(paths)]),
];

const pathLine = (paths: readonly string[]): string => `ENV PATH=${escaped([...paths, SYSTEM_PATH].join(':'))}`;

function commandLines(
  plan: RailpackPlan,
  step: PlanStep,
  command: PlanCommand,
  index: number,
  starts: Environment,
): string[] {
  if ('cmd' in command) {
    const mounts = step.caches.flatMap((cache) => {
      const directory = plan.caches[cache]?.directory;
      return directory === undefined ? [] : [`--mount=type=cache,target=${directory}`];
    });
    return [['RUN', ...mounts, command.cmd].join(' ')];
  }
  if ('src' in command) {
    const from = command.image === undefined ? [] : [`--from=${command.image}`];
    return [['COPY', ...from, copied(command.src, command.dest)].join(' ')];
  }
  if ('name' in command) return [writeFile(command, step.assets[command.name] ?? '')];
  const before = step.commands.slice(0, index + 1);
  const added = before.flatMap((one) => ('path' in one && !('name' in one) ? [one.path] : []));
  return [pathLine([...starts.paths, ...added])];
}

function writeFile(
  { path, mode = 0o644 }: { readonly path: string; readonly mode?: number | undefined },
  text: string,
): string {
  const encoded = Buffer.from(text).toString('base64');
  const target = quoted(path);
  return (
    `RUN mkdir -p ${quoted(posix.dirname(path))} && echo ${encoded} | base64 -d > ${target} ` +
    `&& chmod ${mode.toString(8)} ${target}`
  );
}

const copied = (source: string, target: string): string => JSON.stringify([source, target]);
/** For the shell in a stage. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
/** For ENV, where `$` would refer to another variable. */
const escaped = (text: string): string => JSON.stringify(text).replaceAll('$', String.raw`\$`);
