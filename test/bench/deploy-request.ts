/** A CI system's request for an image that it has pushed, side by side with the script that pulls and runs it. */
import { createHmac, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shopYaml } from '../support/stage/shop.ts';
import { setStage } from '../support/stage/stage.ts';
import type { Stage } from '../support/stage/stage.ts';
import { createBareScript } from './bare-script.ts';
import { median } from './bench.ts';
import type { Bench } from './bench.ts';

const PAIRS = 7;

export const deployRequest: Bench = {
  name: 'deploy-request',
  about:
    'POST /deploy → 200, divided by a bare pull → run → healthy script; the first good answer is enough for both (health.stable is 0)',
  async run(dir, say) {
    const secret = randomBytes(24).toString('hex');
    const secrets = join(dir, 'deploy-secrets');
    writeFileSync(secrets, `bench:${secret}\n`, { mode: 0o600 });
    const stage = await setStage({ dir: join(dir, 's'), env: { LANDFALL_DEPLOY_SECRETS_FILE: secrets } });
    try {
      const script = createBareScript(stage);
      let version = 0;
      const ours = async () => {
        const commit = await commitOf(stage, String((version += 1)));
        await pushImage(stage, `${stage.registry}/shop/web:${commit}`);
        return deploy(stage, secret, commit);
      };
      const theirs = async () => {
        const reference = `${stage.registry}/bare/web:${await commitOf(stage, String((version += 1)))}`;
        await pushImage(stage, reference);
        return script.deploy(reference);
      };

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
      const of = (value: (pair: { readonly ours: number; readonly theirs: number }) => number) =>
        median(pairs.map(value));
      return [
        {
          name: 'deploy request: ours ÷ script',
          value: of((pair) => pair.ours / pair.theirs),
          unit: 'ratio',
          goal: null,
          better: 'lower',
        },
        {
          name: 'deploy request: POST /deploy → 200',
          value: of((pair) => pair.ours),
          unit: 'ms',
          goal: null,
          better: 'lower',
        },
        {
          name: 'deploy request: bare script',
          value: of((pair) => pair.theirs),
          unit: 'ms',
          goal: null,
          better: 'lower',
        },
      ];
    } finally {
      await stage.stop();
    }
  },
};

/** A commit that Landfall sees and leaves alone until a request. */
async function commitOf({ shop, gitHub }: Stage, version: string): Promise<string> {
  const landfallYaml = shopYaml(`  production:
    production: true
    autoDeploy: false
    target: { podman: { hosts: [local], publish: { web: ${String(shop.publishPort)} } } }
`);
  const commit = await shop.push({ version, landfallYaml });
  await gitHub.webhooksSent();
  return commit;
}

/** Pushes like CI on a machine of its own: afterwards the host does not have the image. */
async function pushImage({ hosts: [host], shop }: Stage, reference: string): Promise<void> {
  await host?.podman(['build', '--quiet', '--format', 'docker', '--tag', reference, shop.dir]);
  await host?.podman(['push', '--quiet', reference]);
  await host?.podman(['rmi', '--force', reference]);
}

/** @returns milliseconds until it is answered */
async function deploy({ landfall }: Stage, secret: string, commit: string): Promise<number> {
  const body = JSON.stringify({ image_sha: commit, service: 'shop/web', environment: 'production' });
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const nonce = `bench-${commit}`;
  const signature = createHmac('sha256', secret).update(`${timestamp}.${nonce}.${body}`).digest('hex');
  const headers = {
    'content-type': 'application/json',
    'x-landfall-timestamp': timestamp,
    'x-landfall-nonce': nonce,
    'x-hub-signature-256': `sha256=${signature}`,
  };
  const startedAt = performance.now();
  const response = await fetch(`${landfall.url}/deploy`, { method: 'POST', body, headers });
  const answer = await response.text();
  if (!response.ok) throw new Error(`POST /deploy answered ${String(response.status)}: ${answer}`);
  return performance.now() - startedAt;
}
