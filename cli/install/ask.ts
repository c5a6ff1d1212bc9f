/** Asks at the terminal for what a service cannot do without. */
import { resolve } from 'node:path';
import { askLine } from '../ask-line.ts';
import type { CommandContext } from '../context.ts';
import { readHiddenLine } from '../read-hidden.ts';
import type { UnitSettings } from './credentials.ts';

/** @returns variables for what is missing; none where there is no terminal */
export async function askForMissing(
  context: CommandContext,
  { plain, secrets }: UnitSettings,
): Promise<Readonly<Record<string, string>>> {
  if (context.stdin.isTTY !== true) return {};
  const answers: Record<string, string> = {};
  if (plain['GITHUB_APP_ID'] === undefined)
    answers['GITHUB_APP_ID'] = await askLine(context, 'App ID of the GitHub App: ');
  if (!secrets.has('github-app-private-key')) {
    const file = await askLine(context, "File with the App's private key (.pem): ");
    if (file !== '') answers['GITHUB_APP_PRIVATE_KEY_FILE'] = resolve(context.cwd, file);
  }
  if (!secrets.has('github-webhook-secrets')) {
    answers['GITHUB_WEBHOOK_SECRET'] = (await readHiddenLine(context, "Secret of the App's webhook")).trim();
  }
  return answers;
}
