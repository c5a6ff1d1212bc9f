import { html } from 'hono/html';
import { shortCommit } from '../../contracts/core/names.ts';
import type { DeploymentView, EnvironmentView, ReleaseView, ServiceView } from '../../contracts/http/api.ts';
import { isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import type { EnvironmentNow, WaitingJobs } from '../../contracts/http/people.ts';
import { type Html, ago, badge, haltedBadge, nothing, plain } from './format.ts';
import {
  blockList,
  environmentPath,
  haltedRun,
  maintenanceLine,
  removedNote,
  troubles,
  waitingList,
} from './blocks.ts';
import { live } from './layout.ts';
import { presentName } from '../../contracts/http/present-name.ts';
import { faintKept } from './service-name.ts';

/** The environments' own accounts, by `environmentId`; those that do not answer are not there. */
export type EnvironmentStates = ReadonlyMap<string, EnvironmentNow>;

interface Dashboard {
  readonly services: readonly ServiceView[];
  readonly latest: readonly DeploymentView[];
  /** Releases that have come to no deployment. */
  readonly builds: readonly ReleaseView[];
  readonly states: EnvironmentStates;
  readonly jobs: WaitingJobs;
  /** Troubles that need a person although pushes are acted on. */
  readonly troubles: readonly string[];
}

/** The live, held and waiting deployments of every environment, and the latest releases. */
export const dashboard = ({ services, latest, builds, states, jobs, troubles }: Dashboard): Html =>
  live(
    '/',
    5,
    html`
      <h1>Services</h1>
      ${troubles.map((one) => html`<section class="card alarm" role="alert"><p>${plain(one)}</p></section>`)}
      ${services.length === 0 ? welcome : html`<div class="services">${services.map((it) => service(it, states))}</div>`}
      ${jobs.jobs.length === 0 ? nothing : waiting(jobs.jobs)}
      ${
        builds.length === 0
          ? nothing
          : html`<h2>Builds</h2>
              ${buildTable(builds)}`
      }
      ${
        latest.length === 0
          ? nothing
          : html`<h2>Latest deployments</h2>
              ${deploymentTable(latest, { current: liveNow(services), halted: haltedIn(states) })}`
      }
    `,
  );

const waiting = (jobs: WaitingJobs['jobs']): Html => html`
  <h2>Jobs of GitHub Actions that wait</h2>
  <section class="card">
    ${jobs.map(
      ({ id, repository, environment, commit, runId, url, actor, since }) => html`
        <p class="gate">
          <span class="badge">waits</span>
          <a href="${url}">run ${runId} of ${plain(repository)}</a> <span class="faint">→</span> ${plain(environment)}
          ${commit === null ? nothing : html`<span class="commit">${shortCommit(commit)}</span>`}
          <span class="faint">by ${plain(actor)}, ${ago(since)}.</span>
          ${id === null ? nothing : html`<code>landfall approve ${id}</code>`}
        </p>
      `,
    )}
  </section>
`;

const welcome = html`
  <section class="card empty">
    <p>Nothing has been deployed yet.</p>
    <p>
      Put a <code>landfall.yaml</code> into a repository and push, or declare a public one with
      <code>landfall service add</code>.
    </p>
  </section>
`;

function service(it: ServiceView, states: EnvironmentStates): Html {
  const { source, branch, environments, previews = [] } = it;
  const { project, service: name } = presentName(it);
  return html`
    <section class="card service">
      <h2><span class="faint">${project} /</span> ${name} ${faintKept(it)}</h2>
      <p class="faint source">${plain(source)} · ${plain(branch)}</p>
      ${
        environments.length === 0
          ? html`<p class="faint">No environment yet: its landfall.yaml has not been read.</p>`
          : html`<div class="environments">
              ${environments.map((one) => environment(one, states.get(environmentId(one))))}
            </div>`
      }
      ${previews.length === 0 ? nothing : html`<p class="faint">Previews: ${previews.map(preview)}</p>`}
    </section>
  `;
}

/** In a line with the others: there may be many. */
const preview = (it: EnvironmentView): Html => html`
  <span class="preview">
    <a href="${environmentPath(it)}">${it.environment}</a>
    ${it.live === null ? nothing : html`<a class="commit" href="/deployments/${it.live.deploymentId}">${shortCommit(it.live.commit)}</a>`}
  </span>
`;

const environment = (it: EnvironmentView, state: EnvironmentNow | undefined): Html => html`
  <div class="environment">
    <h3><a href="${environmentPath(it)}">${it.environment}</a></h3>
    ${removedNote(it)}
    ${
      it.live === null
        ? html`<p class="faint">nothing yet</p>`
        : html`<p><a class="commit" href="/deployments/${it.live.deploymentId}">${shortCommit(it.live.commit)}</a></p>
            <p class="faint">${ago(it.live.since)}</p>
            ${troubles(it.live)}`
    }
    ${state === undefined && it.maintenance ? maintenanceLine(it.maintenance) : nothing}
    ${state === undefined ? nothing : html`${haltedRun(state)} ${blockList(state)} ${waitingList(state)}`}
  </div>
`;

const buildTable = (releases: readonly ReleaseView[]): Html =>
  commitTable(
    releases.map((it) => ({
      ...it,
      link: html`<a href="/releases/${it.id}">${badge(it.state)}</a>`,
      where: html`${presentName(it).project} <span class="faint">/</span> ${presentName(it).service}`,
    })),
  );

/** The ids of the deployments that are live now. */
export const liveNow = (services: readonly ServiceView[]): ReadonlySet<string> =>
  new Set(
    services.flatMap(({ environments, previews = [] }) =>
      [...environments, ...previews].flatMap(({ live: now }) => now?.deploymentId ?? []),
    ),
  );

const haltedIn = (states: EnvironmentStates): ReadonlySet<string> =>
  new Set([...states.values()].flatMap(({ running, halted }) => (halted === null ? [] : (running ?? []))));

/** What the store does not say of a deployment's state, by its id. */
export interface StatesNow {
  /** Those that are live now. */
  readonly current: ReadonlySet<string>;
  /** Those that do not go on before a person has decided. */
  readonly halted?: ReadonlySet<string>;
}

/** One that came to be live keeps that state for ever; only the current one is shown as such. */
function state(it: DeploymentView, { current, halted }: StatesNow): Html {
  if (halted?.has(it.id) === true && !isDeploymentOutcome(it.state)) return haltedBadge;
  return it.state === 'live' && !current.has(it.id) ? badge('superseded', 'was live') : badge(it.state);
}

/** Also on a release's page. */
export const deploymentTable = (deployments: readonly DeploymentView[], now: StatesNow): Html =>
  commitTable(
    deployments.map((it) => ({
      ...it,
      link: html`<a href="/deployments/${it.id}">${state(it, now)}</a>`,
      where: html`${presentName(it).service} <span class="faint">→</span> ${it.environment}`,
    })),
  );

interface Row extends Pick<DeploymentView, 'commit' | 'subject' | 'actor' | 'createdAt'> {
  /** The state, as a link to the page of it. */
  readonly link: Html;
  readonly where: Html;
}

const commitTable = (rows: readonly Row[]): Html => html`
  <div class="scroll">
    <table>
      <thead>
        <tr>
          <th>State</th>
          <th>Where</th>
          <th>Commit</th>
          <th>Who</th>
          <th>When</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (it) => html`
            <tr>
              <td>${it.link}</td>
              <td>${it.where}</td>
              <td class="subject"><span class="commit">${shortCommit(it.commit)}</span> ${plain(it.subject)}</td>
              <td>${plain(it.actor)}</td>
              <td class="faint">${ago(it.createdAt)}</td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  </div>
`;
