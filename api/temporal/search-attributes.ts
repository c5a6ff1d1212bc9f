import type { SearchAttributePair } from '@temporalio/common';
import type { InboxEvent } from '../../contracts/inbox/inbox-event.ts';
import { SearchAttributes } from '../../contracts/core/search-attributes.ts';

/** By which the Temporal UI finds it. */
export function searchAttributes(event: InboxEvent): SearchAttributePair[] {
  // A push concerns services that nobody knows yet.
  if (!('project' in event)) return [];
  return [
    { key: SearchAttributes.project, value: event.project },
    { key: SearchAttributes.service, value: event.service },
    ...(event.environment === null ? [] : [{ key: SearchAttributes.environment, value: event.environment }]),
  ];
}
