/** Labels of the containers that make up a build's network: its holder, and for a moment the one that sets its rules. */

/** The name of the holder. */
export const NETWORK = 'landfall.network';
/** In milliseconds since the epoch; later on the container is left over. */
export const KEPT_UNTIL = 'landfall.network.until';

export const networkLabels = (name: string, livesMs: number): Readonly<Record<string, string>> => ({
  [NETWORK]: name,
  [KEPT_UNTIL]: String(Date.now() + livesMs),
});
