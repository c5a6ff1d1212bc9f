/** The account of a pull request's preview, and the end of its logs, for commands and for pages. */
import { buildId, serviceId } from '../../contracts/core/ids.ts';
import { code, fenced, joined, link, ourWords, type Markdown } from '../../contracts/core/markdown.ts';
import { lastPart } from '../../contracts/core/text.ts';
import type { LogStream } from '../../contracts/deployment/logs.ts';
import type { PreviewService, PreviewView, PullKey } from '../../contracts/deployment/preview.ts';
import { previewComment } from '../../contracts/github/preview-comment.ts';
import { findPreview } from '../../store/queries/preview-records.ts';
import type { ApiDeps } from '../deps.ts';
import { logTail } from '../logs/tail.ts';
import { CommandRefusal } from './refusal.ts';

type Deps = Pick<ApiDeps, 'store' | 'temporal'>;

/** A preview, and the moment as of which it is told. */
interface PreviewAccount {
  readonly view: PreviewView;
  readonly updatedAt: number;
}

/** The newest there is: its own, or the store's of one that has ended. `undefined`: there never was one. */
async function previewAccount({ store, temporal }: Deps, pull: PullKey): Promise<PreviewAccount | undefined> {
  const [state, stored] = await Promise.all([temporal.previewState(pull), findPreview(store.db, pull)]);
  if (!state) return stored && { view: stored, updatedAt: stored.updatedAt };
  const place = state.phase === 'waiting' ? ((await temporal.previewPlace(pull)) ?? state.place) : null;
  return { view: { ...state, place }, updatedAt: Date.now() };
}

const NONE = ourWords`There is no preview of this pull request. Say ${code('/preview')} to have one.`;

/** @throws {CommandRefusal} where there never was one */
export async function previewStatusText(deps: Deps, pull: PullKey): Promise<Markdown> {
  const account = await previewAccount(deps, pull);
  if (!account) throw new CommandRefusal(NONE);
  return previewComment(account.view, account.updatedAt);
}

/** Enough to see what went wrong; the page has the rest. */
const LINES = 30;
const MAX_TEXT = 4_000;

/** The last lines of each service, with the link to all of them. @throws {CommandRefusal} where there are none */
export async function previewLogsText(deps: Deps & Pick<ApiDeps, 'logDir'>, pull: PullKey): Promise<Markdown> {
  const account = await previewAccount(deps, pull);
  const services = account?.view.services.filter(({ releaseId }) => releaseId !== null) ?? [];
  if (services.length === 0) throw new CommandRefusal(account ? NO_LOG : NONE);
  const parts = await Promise.all(
    services.map((service) => logOf(deps, service, Math.floor(MAX_TEXT / services.length))),
  );
  return joined(parts, '\n\n');
}

const NO_LOG = ourWords`Nothing of this preview has begun yet, so there is no log.`;

async function logOf({ logDir }: Pick<ApiDeps, 'logDir'>, service: PreviewService, limit: number): Promise<Markdown> {
  const { stream, page } = streamOf(service);
  const lines = await logTail(logDir, stream, LINES);
  const text = lastPart(lines.join('\n'), limit);
  const head = ourWords`${code(serviceId(service.key))}, ${link(ourWords`the whole log`, page)}:`;
  return ourWords`${head}\n\n${text === '' ? ourWords`There is nothing in it yet.` : fenced(text)}`;
}

/** The deployment's, once there is one; before that the build's. */
function streamOf({ releaseId, deploymentId }: PreviewService): { readonly stream: LogStream; readonly page: string } {
  if (deploymentId !== null) {
    return { stream: { kind: 'deployment', id: deploymentId }, page: `/deployments/${deploymentId}` };
  }
  const id = buildId(releaseId ?? '');
  return { stream: { kind: 'build', id }, page: `/builds/${id}` };
}
