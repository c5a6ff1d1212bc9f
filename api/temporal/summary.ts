import type { SearchAttributePair } from '@temporalio/common';
import { shortCommit } from '../../contracts/core/names.ts';
import type { Handover } from '../../contracts/inbox/inbox-event.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import { SearchAttributes } from '../../contracts/core/search-attributes.ts';
import { firstPart } from '../../contracts/core/text.ts';

/** One line for people who browse the Temporal UI. Summaries are limited to 200 bytes, and all of this is ASCII. */
export function summary(handover: Handover): string {
  return firstPart(`${whatOf(handover)} by ${handover.actor.name}`, 200);
}

function whatOf(handover: Handover): string {
  switch (handover.kind) {
    case 'push':
      return `push to ${handover.repository} ${handover.branch}`;
    case 'ci':
      return `${handover.workflow} on ${handover.repository} ${handover.branch}`;
    case 'request':
      return `release of ${handover.project}.${handover.service} ${handover.tag ?? handover.ref ?? ''}`.trimEnd();
    case 'image': {
      const { commit, tag, digest } = handover.image;
      return `image of ${handover.project}.${handover.service} ${tag ?? commit ?? digest ?? ''}`.trimEnd();
    }
    case 'command': {
      const { asked, conversation } = handover;
      const verb = asked.kind === 'command' ? asked.command.verb : asked.kind;
      return `/${verb} on ${conversation.repository}#${String(conversation.number)}`;
    }
    case 'pull-request-closed':
      return `close of ${handover.repository}#${String(handover.number)}`;
    case 'promote':
      return `promotion to ${environmentId(handover)}`;
    case 'again':
      return `release again of ${handover.releaseId}`;
    case 'installation':
      return `${handover.change} of the installation at ${handover.account}`;
    case 'commit-check':
      return `check of ${shortCommit(handover.commit)} for ${handover.repository} ${handover.branch}`;
    case 'rollback':
      return `rollback of ${environmentId(handover)}${handover.to === null ? '' : ` to ${handover.to}`}`;
    case 'check':
      return `${handover.wanted} on the check of ${handover.subject.id}`;
    case 'check-suite':
      return `re-run of the checks of ${shortCommit(handover.commit)}`;
    case 'protection':
      return `job of ${handover.repository} run ${handover.runId}`;
  }
}

/** By which the Temporal UI finds it. */
export function searchAttributes(handover: Handover): SearchAttributePair[] {
  // A push concerns services that nobody knows yet.
  if (!('project' in handover)) return [];
  return [
    { key: SearchAttributes.project, value: handover.project },
    { key: SearchAttributes.service, value: handover.service },
    ...(handover.environment === null ? [] : [{ key: SearchAttributes.environment, value: handover.environment }]),
  ];
}
