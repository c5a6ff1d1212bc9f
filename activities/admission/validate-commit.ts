import { code, fenced, inline, joined, ourWords, sentence } from '../../contracts/core/markdown.ts';
import { cancellationSignal } from '@temporalio/activity';
import type { CommitVerdict } from '../../contracts/github/commit-check.ts';
import { failureOf } from '../../contracts/core/failures.ts';
import type { CommitToCheck } from '../../contracts/inbox/events/commit-to-check.ts';
import { LANDFALL_YAML } from '../../contracts/config/landfall-yaml.ts';
import type { Catalogue } from './catalogue.port.ts';
import type { CommitCheckActivities } from './commit-check.port.ts';
import { misnamed, readConfiguration } from './configuration.ts';
import { projectName } from './project-name.ts';
import type { DeliveryDeps } from './evaluation.ts';
import type { RepositoryReader } from './repository.ts';
import { openTold } from './repository-of-event.ts';
import { warningLine, warningsOfCommit } from './warnings.ts';

/**
 * Without access to hosts, teams or other projects: the commit may be a stranger's, and the check is visible to all
 * readers.
 */
type CheckDeps = Pick<DeliveryDeps, 'source' | 'installations'> & {
  readonly catalogue: Pick<Catalogue, 'installationOf' | 'projectsOf' | 'livePorts' | 'liveRoutes'>;
};

/** Says of a commit what a push of it would meet, without admitting anything. */
export function createCommitCheckActivities(deps: CheckDeps): CommitCheckActivities {
  return {
    async validateCommit(asked) {
      const reader = await openTold(deps, asked, cancellationSignal());
      if ('kind' in reader) return null;
      const { origin } = reader.project;
      if (origin.kind !== 'github') return null;
      return { origin, commit: asked.commit, ...(await judge(deps, reader, asked)) };
    },
  };
}

async function judge(
  deps: CheckDeps,
  reader: RepositoryReader,
  { commit }: CommitToCheck,
): Promise<Pick<CommitVerdict, 'conclusion' | 'title' | 'summary'>> {
  try {
    const read = await readConfiguration(reader, commit, undefined);
    if ('missing' in read) {
      const other = await misnamed(reader, commit);
      if (other !== '') {
        return {
          conclusion: 'failure',
          title: `The file is not called ${LANDFALL_YAML}`,
          summary: sentence(`It has no ${LANDFALL_YAML}${other}.`),
        };
      }
      return {
        conclusion: 'success',
        title: 'Nothing to deploy',
        summary: ourWords`It has no ${inline(LANDFALL_YAML)}, so Landfall deploys nothing from it.`,
      };
    }
    const project = await projectName(deps, read.protection, reader);
    const services = Object.keys(read.services).map((service) => ourWords`- ${code(`${project}/${service}`)}`);
    const warnings = await warningsOfCommit(reader, read, commit);
    const declared = ourWords`It declares:\n${joined(services, '\n')}`;
    if (warnings.length === 0) {
      return { conclusion: 'success', title: `${LANDFALL_YAML} is valid`, summary: declared };
    }
    // A setting that may be intended is no reason to hold up a merge.
    return {
      conclusion: 'success',
      title: `${LANDFALL_YAML} is valid, with ${warnings.length} warning${warnings.length === 1 ? '' : 's'}`,
      summary: ourWords`${declared}\n\nWhat will hardly do what it was written for:\n\n${fenced(warnings.map(warningLine).join('\n'))}`,
    };
  } catch (error) {
    const known = failureOf(error);
    if (known?.type !== 'InvalidConfiguration') throw error;
    return {
      conclusion: 'failure',
      title: `${LANDFALL_YAML} cannot be used`,
      summary: fenced(known.message),
    };
  }
}
