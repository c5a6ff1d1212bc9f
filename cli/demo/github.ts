/** The GitHub stand-in, as a process of its own: API, git over HTTP, webhooks. */
import { GitHubIdText } from '../../contracts/core/github-id-fields.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { startProcess, waitUntil } from '../../infra/dev/process.ts';

export interface GitHubOptions {
  readonly dir: string;
  readonly webhookUrl: string;
  readonly webhookSecret: string;
}

/** The reports to GitHub about one commit, in order. */
export interface Told {
  /** One list of states for each GitHub deployment. */
  readonly deployments: readonly (readonly string[])[];
  /** The conclusion of each finished check run. */
  readonly checks: readonly string[];
}

export interface GitHub {
  readonly url: string;
  readonly appId: number;
  readonly privateKeyFile: string;
  addRepository(owner: string, name: string): Promise<AddedRepository>;
  /** CI has succeeded on this commit of main: webhooks say so. */
  ciSucceeded(repositoryId: GitHubId, workflow: string, commit: string): Promise<void>;
  /** About the commit in production. */
  told(commit: string): Promise<Told>;
  stop(): Promise<void>;
}

const STAND_IN = fileURLToPath(new URL('../../stand-ins/github/main.ts', import.meta.url));
const READY_MS = 30_000;
const ANSWER_MS = 30_000;

const Ready = z.object({ url: z.string(), control: z.string(), appId: z.int(), privateKeyFile: z.string() });
const Added = z.object({
  id: GitHubIdText,
  /** The address that a developer pushes to. */
  pushUrl: z.string(),
});
export type AddedRepository = z.infer<typeof Added>;
const State = z.object({
  deployments: z.array(
    z.object({ sha: z.string(), environment: z.string(), statuses: z.array(z.object({ state: z.string() })) }),
  ),
  checkRuns: z.array(z.object({ headSha: z.string(), conclusion: z.string().nullable() })),
});

export async function startGitHub({ dir, webhookUrl, webhookSecret }: GitHubOptions): Promise<GitHub> {
  const logFile = join(dir, 'github.log');
  const standIn = await startProcess({
    command: process.execPath,
    args: [STAND_IN, '--dir', dir],
    env: { GITHUB_WEBHOOK_URL: webhookUrl, GITHUB_WEBHOOK_SECRET: webhookSecret },
    logFile,
  });
  let ready: z.infer<typeof Ready> | undefined;
  const isReady = async () => {
    const [line = ''] = (await readFile(logFile, 'utf8')).split('\n');
    ready = Ready.parse(JSON.parse(line));
    return true;
  };
  await waitUntil(standIn, isReady, { what: 'say where the GitHub stand-in answers', timeoutMs: READY_MS });
  if (!ready) throw new Error('The GitHub stand-in did not say where it answers.');
  const { url, control, appId, privateKeyFile } = ready;

  const ask = async <T>(path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> => {
    const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${control}/${path}`, { ...post, signal: AbortSignal.timeout(ANSWER_MS) });
    if (!response.ok)
      throw new Error(`The GitHub stand-in answered ${String(response.status)} to ${path}: ${await response.text()}`);
    return schema.parse(await response.json());
  };
  return {
    url,
    appId,
    privateKeyFile,
    addRepository: (owner, name) => ask('repositories', Added, { owner, name }),
    async ciSucceeded(repositoryId, path, commit) {
      await ask('workflow-runs', z.unknown(), { repositoryId, path, branch: 'main', commit, conclusion: 'success' });
    },
    told: async (commit) => {
      const { deployments, checkRuns } = await ask('state', State);
      return {
        deployments: deployments
          .filter(({ sha, environment }) => sha === commit && environment === 'production')
          .map(({ statuses }) => statuses.map(({ state }) => state)),
        checks: checkRuns.flatMap(({ headSha, conclusion }) =>
          headSha === commit && conclusion !== null ? [conclusion] : [],
        ),
      };
    },
    stop: () => standIn.stop(),
  };
}
