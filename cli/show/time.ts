import { formatAge } from '../../contracts/core/duration.ts';

/** How long ago an ISO 8601 time was. */
export const timeAgo = (time: string, now = Date.now()): string => `${formatAge(now - Date.parse(time))} ago`;
