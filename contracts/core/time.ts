/** Moments, written for people: in UTC, like everything that Landfall prints. Machines get ISO 8601. */

/** `2026-03-01 12:00 UTC` */
export const formatTime = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** `12:04:31`, in front of what is printed as it happens. */
export const formatClock = (at: number): string => new Date(at).toISOString().slice(11, 19);
