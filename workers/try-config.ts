/** The environment of `try-github.ts`: the GitHub App, and nothing else of Landfall's. */
import { z } from 'zod';
import { parseEnv, privateKey, sharedFields, type Env } from './settings.ts';

const Environment = z.object({
  GITHUB_API_URL: sharedFields.GITHUB_API_URL,
  GITHUB_APP_ID: z.coerce
    .number({ error: 'set it to the "App ID" on the settings page of the GitHub App, a number' })
    .int()
    .positive(),
  GITHUB_APP_PRIVATE_KEY: sharedFields.GITHUB_APP_PRIVATE_KEY,
  GITHUB_APP_PRIVATE_KEY_FILE: sharedFields.GITHUB_APP_PRIVATE_KEY_FILE,
});

const ATTEMPT = 'The GitHub App cannot be tried';

/** @throws Error that names everything that is missing or wrong, and no value */
export function readTryConfig(env: Env) {
  const set = parseEnv(Environment, env, ATTEMPT);
  return { apiUrl: set.GITHUB_API_URL, appId: set.GITHUB_APP_ID, privateKey: privateKey(set, ATTEMPT) };
}
