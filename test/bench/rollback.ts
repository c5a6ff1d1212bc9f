import { ReleaseAccepted, ReleaseView } from '../../contracts/http/api.ts';
import { setStage } from '../support/stage/stage.ts';
import type { Stage } from '../support/stage/stage.ts';
import { median } from './bench.ts';
import type { Bench } from './bench.ts';
import { pushUntilServed, servedAt } from './pushes.ts';

const ROLLBACKS = 7;
const LIMIT_MS = 60_000;

export const rollback: Bench = {
  name: 'rollback',
  about: 'a rollback by hand, from the request to the version of before being served, and to it being verified',
  async run(dir, say) {
    const stage = await setStage({ dir });
    try {
      const live: { readonly version: string; readonly deploymentId: string }[] = [];
      for (const version of ['1', '2']) {
        const { commit } = await pushUntilServed(stage, version);
        const { deployments } = await stage.api.ended(commit);
        live.push({ version, deploymentId: deployments[0]?.id ?? '' });
      }
      const took: { readonly servedMs: number; readonly verifiedMs: number }[] = [];
      for (let turn = 0; turn < ROLLBACKS; turn += 1) {
        const to = live[turn % 2];
        if (!to) break;
        const one = await rollBack(stage, to);
        say(`served after ${one.servedMs.toFixed(0)} ms, verified after ${one.verifiedMs.toFixed(0)} ms`);
        took.push(one);
      }
      return [
        {
          name: 'rollback by hand → served',
          value: median(took.map((one) => one.servedMs)) / 1_000,
          unit: 's',
          goal: 3,
          better: 'lower',
        },
        {
          name: 'rollback by hand → verified',
          value: median(took.map((one) => one.verifiedMs)) / 1_000,
          unit: 's',
          goal: 3,
          better: 'lower',
        },
      ];
    } finally {
      await stage.stop();
    }
  },
};

async function rollBack(stage: Stage, to: { readonly version: string; readonly deploymentId: string }) {
  const askedAt = Date.now();
  const served = servedAt(`http://127.0.0.1:${String(stage.shop.publishPort)}/`, to.version);
  const answer = await stage.api.send('POST', '/api/environments/shop/web/production/rollback', {
    to: to.deploymentId,
  });
  if (!answer.ok) throw new Error(`the rollback was refused: ${await answer.text()}`);
  const { released } = ReleaseAccepted.parse(await answer.json());
  await stage.api.eventually('the rollback', LIMIT_MS, async () => {
    const { deployments } = await stage.api.get(`/api/releases/${released[0] ?? ''}`, ReleaseView);
    return deployments[0]?.state === 'live' ? true : undefined;
  });
  return { servedMs: (await served) - askedAt, verifiedMs: Date.now() - askedAt };
}
