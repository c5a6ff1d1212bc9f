import type { ProtectedJob, ProtectionRules } from '../../contracts/protection.ts';
import { own } from '../../contracts/keys.ts';
import { LANDFALL_YAML } from '../../contracts/landfall-yaml.ts';
import { protectionSettings } from '../../contracts/protection-yaml.ts';
import { projectName } from './configuration.ts';
import type { DeliveryDeps } from './look.ts';
import { openGitHub } from './reader.ts';
import { protectionOf } from './told.ts';
import { jobAuthors } from './who-caused.ts';

/** What the default branch's file says of the environment that a job of GitHub Actions wants to go to. */
export async function readRules(
  { source }: Pick<DeliveryDeps, 'source'>,
  { repositoryId, repository, installationId, environment, commit, ref, actor }: ProtectedJob,
  signal: AbortSignal,
): Promise<ProtectionRules> {
  const origin = { kind: 'github', repositoryId, repository, installationId, cloneUrl: '' } as const;
  const reader = await openGitHub(source, origin, signal);
  const protection = await protectionOf(reader);
  if ('missing' in protection)
    return { known: false, why: `Landfall cannot say who may deploy here: ${protection.missing}.` };
  const { file } = protection;
  const found = own(file.environments, environment);
  if (!found) {
    const names = Object.keys(file.environments).join(', ') || 'none';
    const why = `${LANDFALL_YAML} on ${reader.defaultBranch} has no environment "${environment}", only: ${names}. Add it below "environments:" there, or take Landfall off this environment's protection rules.`;
    return { known: false, why };
  }
  const { freeze, approval } = protectionSettings(found);
  const project = projectName(file, reader);
  const keys = Object.keys(found.target.podman.publish).map((service) => ({ project, service, environment }));
  const asks = approval?.selfReview === false;
  const authors = asks ? await jobAuthors(source.gitHub, { origin, branch: ref, commit }, actor, signal) : [];
  return {
    known: true,
    keys,
    ...(freeze && { freeze }),
    ...(approval && { approval }),
    ...(authors.length > 0 && { authors }),
  };
}
