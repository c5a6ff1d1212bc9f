import { formatAge } from '../../contracts/core/duration.ts';

/** The age of an ISO 8601 time. */
export const timeAgo = (time: string, now = Date.now()): string => `${formatAge(now - Date.parse(time))} ago`;
