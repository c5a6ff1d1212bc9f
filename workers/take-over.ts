/** Whether this version may take over from the one that worked here last (docs/upkeep.md, "Update and back"). */
import packageJson from '../package.json' with { type: 'json' };
import type { Client } from '@temporalio/client';
import { brokenLines, type Rehearsal } from '../contracts/core/upgrade-check.ts';
import type { PastVersion, StoreStanding } from '../store/migrate.ts';
import { bundleId, rehearse } from './rehearsal.ts';

/** A thousand open workflows took 25 s on two busy cores. */
const REHEARSAL_MS = 8 * 60_000;

interface Options {
  readonly standing: StoreStanding;
  readonly client: Client;
  readonly workflowBundle: { readonly codePath: string };
}

/** This version, as the store remembers it. */
export const thisVersion = async (workflowBundle: { readonly codePath: string }): Promise<PastVersion> => ({
  version: packageJson.version,
  workflows: await bundleId(workflowBundle),
});

/**
 * Replays what is open, unless the same workflows' code ran here last. Changes nothing.
 *
 * @returns `undefined` when there was nothing to find out
 * @throws Error when Temporal does not hand out the histories, or not in time: then it is not known what would break
 */
export async function rehearseTakeOver({ standing, client, workflowBundle }: Options): Promise<Rehearsal | undefined> {
  const { workflows } = await thisVersion(workflowBundle);
  if (standing.last?.workflows === workflows) return undefined;
  try {
    return await rehearse({ client, workflowBundle, signal: AbortSignal.timeout(REHEARSAL_MS) });
  } catch (error) {
    throw new Error(
      `Landfall ${packageJson.version} does not take over: it could not replay what is open (${reasonOf(error)}). Nothing was changed. Start it again, or with LANDFALL_REHEARSAL=off, which leaves that out.`,
      { cause: error },
    );
  }
}

/** The words of Temporal, which its client hides in the cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error instanceof Error ? error : new Error(String(error));
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

/** @throws Error that says what is open and would break, and what to do */
export function assertNothingBreaks({ last }: StoreStanding, rehearsal: Rehearsal): void {
  const { replayed, broken, more } = rehearsal;
  if (broken.length === 0) return;
  const count = broken.length + more;
  const former = last === undefined ? 'the version before' : `Landfall ${last.version}`;
  throw new Error(
    `Landfall ${packageJson.version} does not take over: it could not go on with ${String(count)} of ${String(replayed)} open workflows.
${brokenLines(rehearsal)
  .map((line) => `  ${line}`)
  .join('\n')}
Nothing was changed. Start ${former} again, and it goes on with all of them. docs/upkeep.md, "Update and back", says what else helps.`,
  );
}
