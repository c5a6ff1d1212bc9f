import type { SearchAttributePair } from '@temporalio/common';
import type { InboxEvent } from '../../contracts/inbox/inbox-event.ts';
import { SearchAttributes } from '../../contracts/core/search-attributes.ts';

/** The attributes by which the Temporal UI finds it. */
export function searchAttributes(event: InboxEvent): SearchAttributePair[] {
  // The services of a push are not known yet.
  if (!('project' in event)) return [];
  return [
    { key: SearchAttributes.project, value: event.project },
    { key: SearchAttributes.service, value: event.service },
    ...(event.environment === null ? [] : [{ key: SearchAttributes.environment, value: event.environment }]),
  ];
}
