import { gitHubOrigin } from '../../contracts/config/service.ts';
import { failureOf } from '../../contracts/core/failures.ts';
import type { ProtectedJob, ProtectionRules } from '../../contracts/github/protection.ts';
import { own } from '../../contracts/core/keys.ts';
import { writtenTarget } from '../../contracts/config/targets/targets.ts';
import { LANDFALL_YAML } from '../../contracts/config/landfall-yaml.ts';
import type { LandfallYaml } from '../../contracts/config/landfall-schema.ts';
import { isName } from '../../contracts/core/names.ts';
import { protectionSettings } from '../../contracts/config/environment-rules.ts';

import { projectName } from './project-name.ts';
import type { DeliveryDeps } from './evaluation.ts';
import { openGitHub } from './repository.ts';
import { protectionOf } from './repository-of-event.ts';
import { whoseJob } from './who-caused.ts';

/** The default branch's rules for the environment that a job of GitHub Actions wants to go to. */
export async function readRules(
  { source, catalogue }: Pick<DeliveryDeps, 'source' | 'catalogue'>,
  job: ProtectedJob,
  signal: AbortSignal,
): Promise<ProtectionRules> {
  const { environment, commit, ref } = job;
  const origin = gitHubOrigin(job);
  const reader = await openGitHub(source, origin, signal);
  const protection = await protectionOf(reader);
  if ('missing' in protection)
    return { known: false, why: `Landfall cannot say who may deploy here: ${protection.missing}.` };
  const { file } = protection;
  const names = environmentsCalled(file, environment);
  const [name = '', ...others] = names;
  const found = own(file.environments, name);
  if (!found || others.length > 0) {
    return { known: false, why: whyNotOne(names, { file, environment, branch: reader.defaultBranch }) };
  }
  const { freeze, approval } = protectionSettings(found);
  const project = await projectName({ catalogue }, file, reader).catch(unusable);
  if (typeof project !== 'string') return { known: false, why: project.why };
  const keys = writtenTarget(found.target).services.map(({ service }) => ({ project, service, environment: name }));
  const asks = approval?.selfReview === false;
  const people = await whoseJob(source.gitHub, { origin, branch: ref, commit }, job, asks, signal);
  return {
    known: true,
    keys,
    ...(freeze && { freeze }),
    ...(approval && { approval }),
    ...people,
  };
}

/** A file that cannot be used is an answer here. */
function unusable(error: unknown): { readonly why: string } {
  const known = failureOf(error);
  if (known?.type !== 'InvalidConfiguration') throw error;
  return { why: `Landfall cannot say who may deploy here: ${known.message}` };
}

/** GitHub knows no letter case in the names of environments. */
function environmentsCalled({ environments }: LandfallYaml, gitHubName: string): readonly string[] {
  const wanted = gitHubName.toLowerCase();
  return Object.entries(environments).flatMap(([name, { githubNames }]) =>
    name === wanted || githubNames.some((one) => one.toLowerCase() === wanted) ? [name] : [],
  );
}

function whyNotOne(
  names: readonly string[],
  { file, environment, branch }: { readonly file: LandfallYaml; readonly environment: string; readonly branch: string },
): string {
  if (names.length > 1) {
    return `${LANDFALL_YAML} on ${branch} gives the name "${environment}" to several environments: ${names.join(', ')}. Leave it with one of them.`;
  }
  const known = Object.keys(file.environments).join(', ') || 'none';
  const todo = isName(environment)
    ? 'Add it below "environments:" there'
    : `Give one of them "githubNames: [${JSON.stringify(environment)}]" there`;
  return `${LANDFALL_YAML} on ${branch} has no environment "${environment}", only: ${known}. ${todo}, or take Landfall off this environment's protection rules.`;
}
