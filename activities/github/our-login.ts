import { z } from 'zod';
import type { AppClient } from './app-client.ts';

const App = z.object({ slug: z.string() });

/**
 * The author that GitHub shows for our texts. Read anew, because Apps are renamed; `performed_via_github_app` would be
 * better, but is not filled in on issues.
 */
export async function ourLogin(app: AppClient, signal: AbortSignal): Promise<string> {
  const read = { what: 'Reading the name of the App', answer: App, signal };
  const { slug } = await app.call(read, (github) => github.rest.apps.getAuthenticated());
  return `${slug}[bot]`;
}
