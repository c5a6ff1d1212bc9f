import { Client, Connection } from '@temporalio/client';
import { buildWorkflowId, deploymentWorkflowId } from '../../contracts/core/ids.ts';
import { setStage } from '../support/stage/stage.ts';
import type { Stage } from '../support/stage/stage.ts';
import type { Bench, Measurement } from './bench.ts';

/** Longer than a cancel may take to land. */
const SLOW_BUILD_SECONDS = 60;
const LIMIT_MS = 60_000;

export const deployment: Bench = {
  name: 'deployment',
  about: 'one deployment: history, GitHub calls, cancel → quiet, kill -9 → progress',
  async run(dir, say) {
    const stage = await setStage({ dir, hosts: ['a', 'b'] });
    try {
      return [...(await costs(stage, say)), await cancelling(stage, say), await killing(stage, say)];
    } finally {
      await stage.stop();
    }
  },
};

/** The costs of an undisturbed push to two hosts, the repository's first. */
async function costs(stage: Stage, say: (line: string) => void): Promise<readonly Measurement[]> {
  const commit = await stage.shop.push({ version: 'costs' });
  const release = await stage.api.ended(commit);
  await stage.api.eventually(
    'GitHub to be told',
    LIMIT_MS,
    async () =>
      stage.gitHub.deployments().some(({ id }) => stage.gitHub.statuses(id).at(-1)?.state === 'success') || undefined,
  );
  const checks = await stage.api.eventually('both checks', LIMIT_MS, async () => {
    const found = stage.gitHub.checkRuns();
    return found.length > 1 && found.every(({ status }) => status === 'completed') ? found : undefined;
  });
  const calls = stage.gitHub.calls();
  const creating = calls.filter((call) => call.creating).length;
  const ofBuild = checks.filter(({ name }) => !name.includes('/ ')).length;
  const connection = await Connection.connect({ address: stage.temporal.address });
  try {
    const { workflow } = new Client({ connection });
    const events = async (id: string) => (await workflow.getHandle(id).describe()).historyLength;
    const deploymentEvents = await events(deploymentWorkflowId(release.deployments[0]?.id ?? ''));
    say(`build: ${String(await events(buildWorkflowId(release.build?.id ?? '')))} events`);
    return [
      { name: 'deployment: history', value: deploymentEvents, unit: 'events', goal: 150, better: 'lower' },
      { name: 'push: GitHub calls', value: calls.length, unit: 'calls', goal: 15, better: 'lower' },
      {
        name: 'deployment: GitHub calls that create',
        value: creating - ofBuild,
        unit: 'calls',
        goal: 4,
        better: 'lower',
      },
      { name: 'push: GitHub calls that create', value: creating, unit: 'calls', goal: null, better: 'lower' },
    ];
  } finally {
    await connection.close();
  }
}

/** From the request to nothing of the build being left in the engine. */
async function cancelling(stage: Stage, say: (line: string) => void): Promise<Measurement> {
  const commit = await stage.shop.push({ version: 'slow', slowBuildSeconds: SLOW_BUILD_SECONDS });
  const release = await stage.api.eventually('the build', LIMIT_MS, async () => {
    const found = await stage.api.releaseOf(commit);
    return found.build?.state === 'building' && (await working(stage)) ? found : undefined;
  });
  const askedAt = performance.now();
  const answer = await stage.api.send('POST', `/api/releases/${release.id}/cancel`, { reason: 'bench' });
  if (!answer.ok) throw new Error(`cancelling was refused: ${await answer.text()}`);
  await stage.api.eventually('quiet', LIMIT_MS, async () => ((await working(stage)) ? undefined : true));
  const tookMs = performance.now() - askedAt;
  const { state } = await stage.api.ended(commit);
  say(`the release ended ${state}`);
  return { name: 'cancel a build → quiet', value: tookMs / 1_000, unit: 's', goal: 5, better: 'lower' };
}

/** True when the engine has a working container of a build: buildah's, so no ordinary `ps` shows it. */
async function working({ hosts: [builder] }: Stage): Promise<boolean> {
  const { stdout } = (await builder?.podman(['ps', '--all', '--external', '--format', '{{.Names}}'])) ?? { stdout: '' };
  return stdout.split('\n').some((name) => name.includes('working-container'));
}

/** From Landfall being up again to the deployment having ended. */
async function killing(stage: Stage, say: (line: string) => void): Promise<Measurement> {
  const commit = await stage.shop.push({ version: 'killed' });
  await stage.api.eventually('the switch', LIMIT_MS, async () => {
    const [started] = (await stage.api.releaseOf(commit)).deployments;
    return started && started.state !== 'queued' && started.state !== 'preparing' ? true : undefined;
  });
  await stage.landfall.kill();
  await stage.landfall.start();
  const upAt = performance.now();
  const { deployments } = await stage.api.ended(commit);
  say(`the deployment ended ${deployments[0]?.state ?? 'nowhere'}`);
  return {
    name: 'kill -9 while switching → landed, after the restart',
    value: (performance.now() - upAt) / 1_000,
    unit: 's',
    goal: 15,
    better: 'lower',
  };
}
