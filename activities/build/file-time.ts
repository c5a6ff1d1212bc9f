/** The time of what is new in a build's context. */

/** In seconds. */
let busyUntil = 0;

/**
 * Now, in whole seconds, because that is what a layer keeps. Later than anything that an earlier build of this process can have
 * written to a cache mount.
 */
export function contextTime(): number {
  return Math.max(Math.floor(Date.now() / 1_000), busyUntil + 1);
}

/** To be called when the engine has ended a build. */
export function noteBuildEnded(): void {
  busyUntil = Math.floor(Date.now() / 1_000);
}
