/** Playing one act: a real push, what follows from it, and whether it ended as it has to. */
import { setTimeout as delay } from 'node:timers/promises';
import { shortCommit } from '../../contracts/core/names.ts';
import type { ReleaseView } from '../../contracts/http/api.ts';
import { CliError } from '../cli-error.ts';
import { watchRelease, waitsForApproval } from '../client/follow-release.ts';
import { decide, fetchReleases } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { Http } from '../client/http.ts';
import type { Act } from './acts.ts';
import { CI_WORKFLOW, writeExampleApp } from './example-app.ts';
import type { Narrator } from './narrator.ts';
import type { Stage } from './stage.ts';

export interface Played {
  readonly act: string;
  readonly commit: string;
  readonly outcome: string;
  readonly gitHub: readonly string[];
  readonly answers: string;
  readonly seconds: number;
}

/** Each takes seconds; a busy machine gets this much patience. */
const ACT_MS = 180_000;
/** Reports to GitHub run beside the deployment, so they arrive a moment later. */
const TELL_MS = 30_000;
const VISIT_MS = 10_000;
const LOOK_EVERY_MS = 50;

/** @throws CliError when it did not end as it has to. */
export async function play(stage: Stage, act: Act, narrator: Narrator, signal: AbortSignal): Promise<Played> {
  const http = createHttp(stage.access, signal);
  narrator.act(act.title, act.about);
  await writeExampleApp(stage.repository.dir, act.version, stage.ports, act.promoted === true);
  const commit = await stage.repository.push(act.message);
  const pushedAt = performance.now();
  narrator.event(`git pushed ${shortCommit(commit)} "${act.message}" to main`);

  if (act.promoted) {
    await stage.gitHub.ciSucceeded(stage.repository.id, CI_WORKFLOW, commit);
    narrator.event(`CI succeeded on ${shortCommit(commit)}: ${CI_WORKFLOW}`);
  }
  const deadline = pushedAt + ACT_MS;
  const id = await awaitRelease(http, commit, deadline, signal);
  narrator.event(`webhook taken: release ${id}`);
  let killed = false;
  const told = new Set<string>();
  const follow = () =>
    watchRelease(http, id, {
      timeoutMs: deadline - performance.now(),
      signal,
      lookEveryMs: LOOK_EVERY_MS,
      onChange: (line) => {
        if (!told.has(line)) narrator.event(line);
        told.add(line);
        if (line === act.killAt && !killed) {
          kill(stage, narrator);
          killed = true;
        }
      },
    });
  let release = await follow();
  if (waitsForApproval(release)) {
    const waiting = release.deployments.find(({ state }) => state === 'awaiting_approval')?.id ?? '';
    await decide(http, 'approve', waiting, 'looks good');
    narrator.event(`landfall approve ${waiting}`);
    release = await approved(follow, signal);
  }
  const tookMs = performance.now() - pushedAt;
  const deployment = release.deployments.find(({ environment }) => environment === 'production');
  const words = await gitHubTold(stage, commit, act.gitHub, signal);
  const answers = await pageOf(stage.serviceUrl);
  narrator.event(`${stage.serviceUrl} says: ${answers}`);
  const played = {
    act: act.short,
    commit,
    outcome: (deployment?.state ?? release.state).replaceAll('_', ' '),
    gitHub: words,
    answers,
    seconds: Math.round(tookMs / 100) / 10,
  };
  check(act, played, killed, (deployment?.failure ?? release.failure)?.message);
  return played;
}

/** The store hears of an approval a moment later; until then the release still seems to wait for it. */
async function approved(follow: () => Promise<ReleaseView>, signal: AbortSignal): Promise<ReleaseView> {
  for (;;) {
    const release = await follow();
    if (!waitsForApproval(release)) return release;
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** Kills the whole process group, as the system does that runs out of memory. */
function kill(stage: Stage, narrator: Narrator): void {
  const pid = stage.landfall.pid();
  process.kill(-pid, 'SIGKILL');
  narrator.event(`kill -9 ${String(pid)} (Landfall)`);
}

/** The release that Landfall made of a commit, once it has. */
async function awaitRelease(http: Http, commit: string, deadline: number, signal: AbortSignal): Promise<string> {
  while (performance.now() < deadline) {
    const found = (await fetchReleases(http)).find((one) => one.commit === commit);
    if (found) return found.id;
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
  throw new CliError(`Wait for the release of ${commit}`, 'the push had no effect', 'The logs say more.');
}

/** The reports to GitHub about the commit, in order, once the last is the expected one or is long overdue. */
async function gitHubTold(
  { gitHub }: Stage,
  commit: string,
  expected: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const deadline = performance.now() + TELL_MS;
  for (;;) {
    const { deployments, checks } = await gitHub.told(commit);
    const [only, second] = deployments;
    const words = second ? ['several deployments'] : (only ?? checks.map((conclusion) => `check: ${conclusion}`));
    if (words.at(-1)?.endsWith(expected) === true || performance.now() > deadline) return words;
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** The page as a visitor sees it. */
async function pageOf(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(VISIT_MS) });
  const text = (await response.text()).trim();
  return response.ok ? text : `${String(response.status)} ${text}`;
}

function check(act: Act, played: Played, wasKilled: boolean, reason: string | undefined): void {
  const wrong = [
    ...(played.outcome === act.outcome
      ? []
      : [`it ended "${played.outcome}" instead of "${act.outcome}"${reason ? ` (${reason})` : ''}`]),
    ...(played.answers === act.page ? [] : [`visitors see "${played.answers}" instead of "${act.page}"`]),
    ...(played.gitHub.at(-1)?.endsWith(act.gitHub) === true
      ? []
      : [`GitHub was told "${played.gitHub.join(', ')}", which does not end with ${act.gitHub}`]),
    ...(new Set(played.gitHub).size === played.gitHub.length
      ? []
      : [`GitHub was told twice: ${played.gitHub.join(', ')}`]),
    ...(act.killAt === undefined || wasKilled ? [] : [`"${act.killAt}" was over before Landfall could be killed`]),
  ];
  if (wrong.length === 0) return;
  throw new CliError(act.title, wrong.join('; '), 'The logs say more.');
}
