import { cancellationSignal } from '@temporalio/activity';
import { LANDFALL_YAML } from '../../contracts/config/landfall-yaml.ts';
import { previewRules } from '../../contracts/config/previews.ts';
import { gitHubOrigin } from '../../contracts/config/service.ts';
import { failureOf } from '../../contracts/core/failures.ts';
import type { PreviewRulesAnswer } from '../../contracts/deployment/preview.ts';
import type { Catalogue } from './catalogue.port.ts';
import type { DeliveryDeps } from './evaluation.ts';
import type { PreviewRulesActivities } from './preview-rules.port.ts';
import { projectName } from './project-name.ts';
import { openGitHub, type RepositoryReader } from './repository.ts';
import { protectionOf } from './repository-of-event.ts';

type RulesDeps = Pick<DeliveryDeps, 'source'> & {
  readonly catalogue: Pick<Catalogue, 'projectsOf' | 'livePorts' | 'liveRoutes'>;
  /** The number of previews that all repositories together may have at once. */
  readonly maxPreviews: number;
};

/** See the port for what it promises. */
export function createPreviewRulesActivities(deps: RulesDeps): PreviewRulesActivities {
  return {
    async readPreviewRules(pull) {
      const reader = await openGitHub(deps.source, gitHubOrigin(pull), cancellationSignal());
      return answer(deps, reader);
    },
  };
}

async function answer(deps: RulesDeps, reader: RepositoryReader): Promise<PreviewRulesAnswer> {
  const protection = await protectionOf(reader);
  if ('missing' in protection) return { known: false, why: `There are no previews here: ${protection.missing}.` };
  const rules = previewRules(protection.file);
  if (!rules) {
    const todo = 'docs/previews.md says how to have some';
    return { known: false, why: `${LANDFALL_YAML} on ${reader.defaultBranch} has no "previews": ${todo}.` };
  }
  try {
    const project = await projectName(deps, protection.file, reader);
    return { known: true, project, rules, installationLimit: deps.maxPreviews };
  } catch (error) {
    const known = failureOf(error);
    if (known?.type !== 'InvalidConfiguration') throw error;
    return { known: false, why: known.message };
  }
}
