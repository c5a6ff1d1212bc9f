/** Landfall's side of a comparison with the bare script: from the webhook to every host serving the commit. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from '../support/stage/stage.ts';

const LOOK_EVERY_MS = 20;
const LIMIT_MS = 120_000;

/** Pushes a version. @returns milliseconds from GitHub's delivery of the webhook until the last host answers with it */
export async function pushUntilServed(stage: Stage, version: string): Promise<{ commit: string; tookMs: number }> {
  const served = Promise.all(
    stage.hosts.map((_host, index) =>
      servedAt(`http://127.0.0.${String(index + 1)}:${String(stage.shop.publishPort)}/`, version),
    ),
  );
  const commit = await stage.shop.push({ version });
  const ends = await served;
  const delivered = stage.gitHub.deliveries().findLast(({ event }) => event === 'push');
  if (!delivered) throw new Error('the push sent no webhook');
  return { commit, tookMs: Math.max(...ends) - delivered.deliveredAt };
}

/** @returns when the address first answered with the version, in milliseconds since the epoch */
export async function servedAt(url: string, version: string): Promise<number> {
  const deadline = Date.now() + LIMIT_MS;
  while (Date.now() < deadline) {
    const text = await fetch(url).then(
      (response) => response.text(),
      () => '',
    );
    if (text.trim() === `ok ${version}`) return Date.now();
    await delay(LOOK_EVERY_MS);
  }
  throw new Error(`${url} never answered with version ${version}`);
}
