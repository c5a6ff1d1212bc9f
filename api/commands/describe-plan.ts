import type { Actor } from '../../contracts/core/actor.ts';
import { shortCommit, shortDigest } from '../../contracts/core/names.ts';
import { formatTime } from '../../contracts/core/time.ts';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import { freezeAt } from '../../contracts/config/freeze.ts';
import { environmentId, serviceId } from '../../contracts/core/ids.ts';
import { shownAs } from '../../contracts/core/keys.ts';
import { code, inline, joined, ourWords, type Markdown } from '../../contracts/core/markdown.ts';
import type { DeliveryPlan, PlannedRelease } from '../../contracts/admission/plan.ts';
import type { EnvironmentSettings } from '../../contracts/config/service.ts';
import { presentNames } from '../../store/queries/names.ts';
import type { ApiDeps } from '../deps.ts';
import { choices } from './refusal.ts';
import { describeBlocks } from './status-tables.ts';

/** The result that a deployment would have now, and the gates that would keep it waiting. */
export async function describePlan(
  { store, temporal }: Pick<ApiDeps, 'store' | 'temporal'>,
  { plan, by }: { readonly plan: DeliveryPlan; readonly by: Actor },
): Promise<Markdown> {
  const names = await presentNames(store.db);
  const parts = await Promise.all(plan.releases.map((release) => describe(release)));
  const nothing = plan.skipped.map((reason) => ourWords`Nothing would be released: ${code(reason)}`);
  const { warnings = [] } = plan;
  const unlikely = warnings.length > 0 ? [ourWords`⚠️ Look at this first:\n\n${choices(warnings.map(code))}`] : [];
  return joined([...parts, ...nothing, ...unlikely], '\n\n');

  async function describe({ key, commit, subject, environments, digest }: PlannedRelease): Promise<Markdown> {
    const image =
      digest === null
        ? ourWords`its image is not built yet`
        : ourWords`its image is built: ${code(shortDigest(digest))}`;
    const head = ourWords`${code(serviceId(shownAs({ key, called: names(key) })))} would deploy ${code(`${shortCommit(commit)} ${subject}`)}; ${image}.`;
    const lines = environments.map(async (settings) => {
      const state = await temporal.environmentState({ ...key, environment: settings.name });
      const way = obstacles(settings, state, by);
      const here = { ...key, environment: settings.name };
      const where = code(environmentId(shownAs({ key: here, called: names(key) })));
      return ourWords`${where}: ${way.length > 0 ? joined(way, '; ') : 'nothing is in its way'}`;
    });
    return ourWords`${head}\n\n${choices(await Promise.all(lines))}`;
  }
}

function obstacles(settings: EnvironmentSettings, state: EnvironmentState | null | undefined, by: Actor): Markdown[] {
  const { approval, freeze = [] } = settings;
  const frozen = freezeAt(freeze, Date.now());
  const isOwn = state?.lock?.owner.kind === by.kind && state.lock.owner.name === by.name;
  const held = state
    ? describeBlocks({ ...state, lock: isOwn ? null : (state.lock ?? null), hold: null })
    : describeBlocks(state);
  const ahead = (state?.running ? 1 : 0) + (state?.waiting.length ?? 0);
  return [
    ...(approval ? [ourWords`waits for ${approval.count} approval${approval.count === 1 ? '' : 's'}`] : []),
    ...(held.length === 0 ? [] : [held]),
    ...(frozen
      ? [
          ourWords`frozen until ${inline(formatTime(frozen.until))}${frozen.reason ? ourWords`: ${code(frozen.reason)}` : ''}`,
        ]
      : []),
    ...(ahead > 0 ? [ourWords`${ahead} before it`] : []),
  ];
}
