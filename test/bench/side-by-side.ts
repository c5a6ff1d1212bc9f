import { setStage } from '../support/stage/stage.ts';
import { createBareScript } from './bare-script.ts';
import { median } from './bench.ts';
import { pushUntilServed } from './pushes.ts';

const PAIRS = 7;

export interface SideBySide {
  /** Median of the pairs' ratios, ours ÷ the script's. */
  readonly ratio: number;
  readonly oursMs: number;
  readonly scriptMs: number;
}

/** Landfall and the bare script in turn on the same stage, changing who begins, so that the machine's moods hit both. */
export async function sideBySide(
  dir: string,
  hosts: readonly string[],
  say: (line: string) => void,
): Promise<SideBySide> {
  const stage = await setStage({ dir, hosts });
  try {
    const script = createBareScript(stage);
    let version = 0;
    const ours = async () => {
      const { commit, tookMs } = await pushUntilServed(stage, String((version += 1)));
      // Until Landfall has tidied up: its cleaning is not the script's burden.
      await stage.api.ended(commit);
      return tookMs;
    };
    // Landfall sees these pushes too, and leaves them alone.
    const theirs = async () =>
      script.run(await stage.shop.push({ version: String((version += 1)), message: 'bare [skip deploy]' }));

    await ours();
    await theirs();
    const pairs: { readonly ours: number; readonly theirs: number }[] = [];
    for (let pair = 1; pair <= PAIRS; pair += 1) {
      const took = new Map<() => Promise<number>, number>();
      for (const turn of pair % 2 === 0 ? [ours, theirs] : [theirs, ours]) took.set(turn, await turn());
      const result = { ours: took.get(ours) ?? NaN, theirs: took.get(theirs) ?? NaN };
      pairs.push(result);
      say(`pair ${String(pair)}: ours ${result.ours.toFixed(0)} ms, script ${result.theirs.toFixed(0)} ms`);
    }
    await script.clear();
    return {
      ratio: median(pairs.map((pair) => pair.ours / pair.theirs)),
      oursMs: median(pairs.map((pair) => pair.ours)),
      scriptMs: median(pairs.map((pair) => pair.theirs)),
    };
  } finally {
    await stage.stop();
  }
}
