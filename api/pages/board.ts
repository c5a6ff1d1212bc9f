import { html } from 'hono/html';
import type { DeploymentView, EnvironmentView, ServiceView } from '../../contracts/api.ts';
import { type Html, ago, badge, nothing, plain, shortCommit } from './format.ts';
import { live } from './layout.ts';

/** What is live where, and what happened lately. */
export const board = (services: readonly ServiceView[], latest: readonly DeploymentView[]): Html =>
  live(
    '/',
    5,
    html`
      <h1>Services</h1>
      ${services.length === 0 ? welcome : html`<div class="services">${services.map(service)}</div>`}
      ${
        latest.length === 0
          ? nothing
          : html`<h2>Latest deployments</h2>
              ${deploymentTable(latest, liveNow(services))}`
      }
    `,
  );

const welcome = html`
  <section class="card empty">
    <p>Nothing has been deployed yet.</p>
    <p>
      Put a <code>landfall.yaml</code> into a repository and push, or declare a public one with
      <code>landfall init</code>.
    </p>
  </section>
`;

const service = ({ project, service, source, branch, environments }: ServiceView): Html => html`
  <section class="card service">
    <h2><span class="faint">${project} /</span> ${service}</h2>
    <p class="faint source">${plain(source)} · ${plain(branch)}</p>
    ${
      environments.length === 0
        ? html`<p class="faint">No environment yet: its landfall.yaml has not been read.</p>`
        : html`<div class="environments">${environments.map(environment)}</div>`
    }
  </section>
`;

const environment = ({ environment: name, live: now }: EnvironmentView): Html => html`
  <div class="environment">
    <h3>${name}</h3>
    ${
      now === null
        ? html`<p class="faint">nothing yet</p>`
        : html`<p><a class="commit" href="/deployments/${now.deploymentId}">${shortCommit(now.commit)}</a></p>
            <p class="faint">${ago(now.since)}</p>`
    }
  </div>
`;

/** The ids of the deployments that are live now. */
export const liveNow = (services: readonly ServiceView[]): ReadonlySet<string> =>
  new Set(services.flatMap(({ environments }) => environments.flatMap(({ live: now }) => now?.deploymentId ?? [])));

/** One that came to be live keeps that state for ever; only the current one is shown as such. */
const state = (it: DeploymentView, current: ReadonlySet<string>): Html =>
  it.state === 'live' && !current.has(it.id) ? badge('superseded', 'was live') : badge(it.state);

/** Also on a release's page. */
export const deploymentTable = (deployments: readonly DeploymentView[], current: ReadonlySet<string>): Html => html`
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
        ${deployments.map(
          (it) => html`
            <tr>
              <td><a href="/deployments/${it.id}">${state(it, current)}</a></td>
              <td>${it.service} <span class="faint">→</span> ${it.environment}</td>
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
