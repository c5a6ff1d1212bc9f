import type { Command } from 'commander';
import { shortCommit, shortDigest } from '../../contracts/core/names.ts';
import type { DeploymentView, EnvironmentView, ReleaseView, ServiceView } from '../../contracts/http/api.ts';
import { unlanded } from '../../contracts/http/unlanded.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import type { WaitingJobs } from '../../contracts/http/people.ts';
import { findAccess } from '../access.ts';
import {
  environmentStatus,
  fetchReleases,
  fetchServices,
  runningDeployments,
  waitingJobs,
} from '../client/endpoints.ts';
import { createHttp, type Http } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { paint, printResult } from '../context.ts';
import { changesOf, compareLink } from '../show/artefact.ts';
import { plainText, plainLines } from '../show/plain.ts';
import { keptTitle, serviceTitle } from '../show/service-title.ts';
import { textTable } from '../show/table.ts';
import { timeAgo } from '../show/time.ts';
import { define, serviceKey } from './define.ts';

/** `landfall status [PROJECT/SERVICE]`: which artefact is live where, what it took the place of, and what is on its way. */
export function status(program: Command, context: CommandContext): void {
  define(program, 'status', 'show what is live where, and what is on its way')
    .argument('[project/service]', 'only this one, such as shop/web', serviceKey)
    .action(async (key: ServiceKey | undefined) => {
      const http = createHttp(await findAccess(context), context.signal);
      const [found, running, releases, waiting] = await Promise.all([
        fetchServices(http, key),
        runningDeployments(http, key),
        fetchReleases(http, key),
        // They belong to a repository's environment, which may run several services.
        key ? NO_JOBS : waitingJobs(http).catch(() => UNKNOWN_JOBS),
      ]);
      const halts = await haltsOf(http, running);
      const shown = running.map((one) => {
        const halted = halts.get(one.id);
        return halted === undefined ? one : { ...one, halted };
      });
      printResult(
        context,
        { services: found, running: shown, builds: unlanded(releases), ...(!key && { waiting }) },
        text(context, { found, running: shown, builds: unlanded(releases), waiting }),
      );
    });
}

/** One that the environment says does not go on, with the reason. */
type Moving = DeploymentView & { readonly halted?: string };

/** More than these are not looked at: each is a question to its environment. */
const MAX_ASKED = 20;
/** Before these states nothing of it runs that could halt. */
const NOT_BEGUN: ReadonlySet<string> = new Set(['queued', 'awaiting_approval']);

/** The reasons why deployments do not go on, by id, as far as their environments answer. */
async function haltsOf(http: Http, running: readonly DeploymentView[]): Promise<ReadonlyMap<string, string>> {
  const begun = running.filter(({ state }) => !NOT_BEGUN.has(state)).slice(0, MAX_ASKED);
  const found = await Promise.all(
    begun.map(async ({ id, ...key }) => {
      const status = await environmentStatus(http, key).catch(() => undefined);
      return status?.now?.running === id && status.now.halted !== null ? ([id, status.now.halted] as const) : undefined;
    }),
  );
  return new Map(found.filter((one) => one !== undefined));
}

const NO_JOBS: WaitingJobs = { answered: true, jobs: [] };
/** An older Landfall has no such list. Any other trouble shows in the other requests. */
const UNKNOWN_JOBS: WaitingJobs = { answered: false, jobs: [] };

interface Shown {
  readonly found: readonly ServiceView[];
  readonly running: readonly Moving[];
  /** Releases that have come to no deployment. */
  readonly builds: readonly ReleaseView[];
  readonly waiting: WaitingJobs;
}

function text(context: CommandContext, { found, running, builds, waiting: { answered, jobs } }: Shown): string {
  if (found.length === 0) {
    return 'No services yet. Install the GitHub App on a repository that holds a landfall.yaml, or use `landfall service add`.';
  }
  const bold = (words: string) => paint(context, 'stdout', 'bold', words);
  const parts = found.map((one) => {
    const names = [bold(serviceTitle(one)), keptTitle(one)].filter((name) => name !== '').join(' ');
    const title = `${names}  ${plainText(`${one.source}, ${one.branch}`)}`;
    const previews = one.previews ?? [];
    const listed = one.environments.length === 0 ? '  never deployed' : liveTable(context, one.environments, '  ');
    return [title, listed, ...(previews.length === 0 ? [] : ['  previews', liveTable(context, previews, '    ')])].join(
      '\n',
    );
  });
  if (builds.length > 0) {
    const rows = builds.map((one) => movingRow(context, one));
    parts.push(`${bold('builds')}\n${textTable(rows, '  ')}`);
  }
  if (running.length > 0) {
    const lines = textTable(
      running.map((one) => movingRow(context, one)),
      '  ',
    ).split('\n');
    const rows = running.map(({ halted }, index) =>
      [lines[index] ?? '', ...(halted === undefined ? [] : [plainLines(halted, '    ')])].join('\n    '),
    );
    parts.push([bold('on its way'), ...rows].join('\n'));
  }
  if (jobs.length > 0) {
    const rows = jobs.map((job) => jobRow(context, job));
    parts.push(`${bold('jobs of GitHub Actions that wait')}\n${textTable(rows, '  ')}`);
  }
  if (!answered) parts.push('The waiting jobs of GitHub Actions are not known: GET /readyz says what is away.');
  return parts.join('\n\n');
}

function liveTable(context: CommandContext, environments: readonly EnvironmentView[], indent: string): string {
  const rows = environments.map((environment) => liveRow(context, environment));
  const lines = textTable(rows, indent).split('\n');
  return environments.map((it, index) => withMore(context, lines[index] ?? '', it)).join('\n');
}

/** The live deployment, its artefact, and the changes in it. */
function liveRow(context: CommandContext, { environment, live }: EnvironmentView): string[] {
  const name = plainText(environment);
  if (!live) return [name, paint(context, 'stdout', 'dim', 'nothing live')];
  return [
    name,
    shortCommit(plainText(live.commit)),
    plainText(live.deploymentId),
    timeAgo(live.since),
    shortDigest(plainText(live.digest)),
    plainText(live.builder ?? 'builder unknown'),
    paint(context, 'stdout', 'dim', changesOf(live.changes)),
  ];
}

/** Too long for a column. */
function withMore(context: CommandContext, line: string, { live, removedAt, maintenance }: EnvironmentView): string {
  const link = compareLink(live?.changes ?? null);
  const crashes = (live?.crashing ?? []).map(({ since, why }) =>
    paint(context, 'stdout', 'red', `crashes since ${timeAgo(since)}: ${plainLines(why, '    ')}`),
  );
  const out = (live?.notServing ?? []).map(({ since, why }) =>
    paint(context, 'stdout', 'red', `not serving since ${timeAgo(since)}: ${plainLines(why, '    ')}`),
  );
  const removed = removedAt === undefined ? [] : [`no longer in landfall.yaml since ${timeAgo(removedAt)}`];
  const page = maintenance ? [paint(context, 'stdout', 'red', `maintenance: ${maintenanceWords(maintenance)}`)] : [];
  const more = [
    ...removed,
    ...page,
    ...(link === '' ? [] : [paint(context, 'stdout', 'dim', link)]),
    ...crashes,
    ...out,
  ];
  return [line, ...more].join('\n    ');
}

const maintenanceWords = ({ by, reason, until }: NonNullable<EnvironmentView['maintenance']>): string =>
  plainText(
    `visitors get a page${until === null ? '' : ` until ${until}`}, by ${by}${reason === '' ? '' : `: ${reason}`}`,
  );

function movingRow(context: CommandContext, one: Moving | ReleaseView): string[] {
  const isHalted = 'halted' in one;
  const by = `${plainText(one.subject)} (${plainText(one.actor)})`;
  return [
    plainText(one.id),
    paint(context, 'stdout', isHalted || one.state === 'failed' ? 'red' : 'cyan', isHalted ? 'halted' : one.state),
    shortCommit(plainText(one.commit)),
    by,
    timeAgo(one.createdAt),
  ];
}

function jobRow(
  context: CommandContext,
  { id, repository, environment, runId, actor, since }: WaitingJobs['jobs'][number],
) {
  const how = id === null ? 'decide on GitHub' : `landfall approve ${plainText(id)}`;
  const what = `run ${runId} of ${plainText(repository)}`;
  return [
    plainText(environment),
    paint(context, 'stdout', 'cyan', 'waits'),
    what,
    plainText(actor),
    timeAgo(since),
    how,
  ];
}
