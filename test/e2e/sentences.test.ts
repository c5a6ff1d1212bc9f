/** Sentences that say what to run or to open: each is tried on a real Landfall, after the operation that says it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { DeploymentView } from '../../contracts/http/api.ts';
import { freePort } from '../../infra/dev/process.ts';
import { landfall, type Ran } from '../cli/support/run.ts';
import { testDatabase } from '../store/support/databases.ts';
import { onCleanup } from '../support/cleanup.ts';
import { shopYaml } from '../support/stage/shop.ts';
import { setStage, type Stage } from '../support/stage/stage.ts';
import { tempDir } from '../support/tmp.ts';

let stage: Stage;
let landfallYaml: string;
let env: Readonly<Record<string, string>>;
/** Every command that was told and tried. */
const tried: string[] = [];

beforeAll(async () => {
  stage = await setStage({ databaseUrl: await testDatabase(), dir: tempDir() });
  onCleanup(() => stage.stop());
  const token = readFileSync(join(stage.dir, 'tokens'), 'utf8').trim().replace('tester:', '');
  env = { LANDFALL_URL: stage.landfall.url, LANDFALL_TOKEN: token };
  const podman = (port: number) =>
    `podman: { hosts: [local], strategy: blue-green, publish: { web: ${String(port)} } }`;
  landfallYaml = shopYaml(`  staging:
    target:
      ${podman(await freePort())}
  production:
    production: true
    approval: { from: { users: ["token:tester"] }, selfReview: true }
    target:
      ${podman(stage.shop.publishPort)}
`);
}, 300_000);

/** `landfall …` in code, or to the end of its line. */
const TOLD = /`landfall ([a-z][^`\n]*)`|[:,] landfall ([a-z][^\n]*)$/gm;
const commandsIn = (text: string): string[] => [...text.matchAll(TOLD)].map(([, code, line]) => code ?? line ?? '');

/** Runs a command, then whatever its words say to run, and so on. */
async function follow(argv: readonly string[], codes: readonly number[] = [0]): Promise<Ran> {
  const ran = await landfall(argv, { env });
  expect({ argv, ...ran, ok: codes.includes(ran.code) }).toMatchObject({ ok: true });
  // A log holds other people's words.
  const words = argv[0] === 'logs' ? ran.stderr : ran.stdout + ran.stderr;
  for (const command of commandsIn(words)) {
    tried.push(command);
    await follow(command.split(' '));
  }
  return ran;
}

async function pushed(version: string): Promise<DeploymentView> {
  const commit = await stage.shop.push({ version, landfallYaml });
  return stage.api.eventually(`${version} to wait for approval`, 90_000, async () =>
    (await stage.api.releaseOf(commit)).deployments.find(({ state }) => state === 'awaiting_approval'),
  );
}

const since = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
  const before = tried.length;
  await work();
  return tried.slice(before);
};

test('an approval says how to follow what it let go on [F6]', async () => {
  const waiting = await pushed('1');
  expect(await since(() => follow(['approve', waiting.id]))).toEqual([`logs ${waiting.id} -f`]);
  expect(await stage.shop.visit()).toBe('200 ok 1');
}, 300_000);

test('a deployment that is waited for ends with the address that answers [F6]', async () => {
  const { stdout } = await follow(['deploy', 'shop/web', '-e', 'staging', '--wait']);
  const addresses = stdout.match(/https?:\/\/\S+/g) ?? [];
  expect(addresses).toHaveLength(1);
  for (const address of addresses) expect((await fetch(address)).status).toBe(200);
}, 300_000);

test('a request says how to follow it, also without a build; what waits on its way says how to decide [F6]', async () => {
  const told = await since(() => follow(['deploy', 'shop/web', '-e', 'production']));
  expect(told).toEqual([
    expect.stringMatching(/^logs shop\.web\.\d+ -f$/),
    expect.stringMatching(/^approve shop\.web\.production\.\d+$/),
    expect.stringMatching(/^logs shop\.web\.production\.\d+ -f$/),
  ]);
}, 300_000);

test('a retry and a rollback say how to follow them [F6]', async () => {
  const waiting = await pushed('2');
  await follow(['cancel', waiting.releaseId]);
  expect(await stage.api.ended(waiting.commit)).toMatchObject({ state: 'cancelled' });

  expect(await since(() => follow(['retry', waiting.releaseId]))).toHaveLength(3);
  expect(await stage.shop.visit()).toBe('200 ok 2');

  expect(await since(() => follow(['rollback', 'shop/web', 'production']))).toEqual([
    expect.stringMatching(/^logs shop\.web\.\d+ -f$/),
  ]);
  expect(await stage.shop.visit()).toBe('200 ok 1');
}, 300_000);

test('a promotion that is waited for says how to decide, and how to follow what goes on then [F6]', async () => {
  const told = await since(() => follow(['promote', 'shop/web', '-e', 'production', '--wait'], [5]));
  expect(told).toEqual([
    expect.stringMatching(/^approve shop\.web\.production\.\d+$/),
    expect.stringMatching(/^logs shop\.web\.production\.\d+ -f$/),
  ]);
  expect(await stage.shop.visit()).toBe('200 ok 2');
}, 300_000);
