import { html } from 'hono/html';
import { USUAL_LOCK } from '../../contracts/core/duration.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import type { EnvironmentNow, EnvironmentStatus, RollbackTarget } from '../../contracts/http/people.ts';
import { type Actor, isOnePerson } from '../../contracts/core/actor.ts';
import { firstPart } from '../../contracts/core/text.ts';
import type { PromotionSource } from '../../store/queries/promotion-source.ts';
import { artefact, changes } from './artefact.ts';
import { type Html, ago, linesApart, nothing, plain } from './format.ts';
import { blockList, environmentPath, haltedRun, moment, removedNote, troubles, waitingList } from './blocks.ts';
import { live } from './layout.ts';
import { serviceName } from './service-name.ts';

/** An environment's running and waiting deployments, its gates, and everything that a person can do about it. */
export function environmentPage(
  it: EnvironmentStatus,
  {
    source,
    targets,
    actor,
  }: {
    /** The version that can be promoted to it. */
    readonly source: PromotionSource | undefined;
    /** The versions that it can be rolled back to. */
    readonly targets: readonly RollbackTarget[];
    readonly actor: Actor;
  },
): Html {
  const path = environmentPath(it);
  return html`
    ${live(
      path,
      3,
      html`
        <p class="crumbs"><a href="/">Services</a> / ${serviceName(it)}</p>
        <h1>${it.environment}</h1>
        ${removedNote(it)}
        ${troubles(it.live).length > 0 ? html`<section class="card gates">${troubles(it.live)}</section>` : nothing}
        ${it.now ? endings(path, it.now, actor) : nothing}
        <div class="columns">
          <section class="card">${versions(it)}</section>
          <section class="card">
            <h2>Queue</h2>
            ${queue(it)}
          </section>
        </div>
        ${it.certificates ? certificateCard(it.certificates) : nothing}
      `,
    )}
    <div class="columns forms">
      ${lockForm(path)} ${pauseForm(path)} ${it.now?.live && !it.now.maintenance ? maintenanceForm(path) : nothing}
      ${source ? promoteForm(path, source) : nothing} ${rollbackForm(path, targets)}
      ${it.now?.destruction ? nothing : destroyForm(path)}
    </div>
  `;
}

/** The names of the environment: until when each is valid, and what keeps it from being renewed. */
const certificateCard = (all: NonNullable<EnvironmentStatus['certificates']>): Html => html`
  <section class="card">
    <h2>Certificates</h2>
    <dl>
      ${all.map(
        (it) =>
          html`<dt>${it.name}</dt>
            <dd>
              ${it.places.map(
                ({ place, source, validUntil, problem }) =>
                  html`<p>
                    ${place}:
                    ${validUntil === null ? html`<span class="faint">none yet</span>` : html`valid until ${moment(validUntil)}`}
                    ${source === 'own' ? html`<span class="faint">from a file</span>` : nothing}
                    ${problem === null ? nothing : html`<span class="badge bad">problem</span> ${linesApart(problem)}`}
                  </p>`,
              )}
              ${
                it.failure === null
                  ? nothing
                  : html`<p>
                      <span class="badge bad">${it.failure.type}</span> ${linesApart(it.failure.message)}
                      <span class="faint">Tried again at ${moment(it.nextAt)}.</span>
                    </p>`
              }
            </dd>`,
      )}
    </dl>
  </section>
`;

const versions = ({ live: now, previous }: EnvironmentStatus): Html => html`
  <dl>
    <dt>Live</dt>
    <dd>${now === null ? html`<span class="faint">nothing yet</span>` : html`${version(now)}, ${ago(now.since)}`}</dd>
    <dt>Before</dt>
    <dd>${previous === null ? html`<span class="faint">–</span>` : version(previous)}</dd>
    ${
      now === null
        ? nothing
        : html`<dt>Changes</dt>
            <dd>${changes(now.changes)}</dd>`
    }
  </dl>
`;

const version = (it: NonNullable<EnvironmentStatus['previous']>): Html =>
  html`<a class="commit" href="/deployments/${it.deploymentId}">${shortCommit(it.commit)}</a>
    <span class="faint">${artefact(it)}</span>`;

function queue({ answered, now }: EnvironmentStatus): Html {
  if (!answered) {
    return html`<p class="faint">The environment does not answer, so what waits is not known. See /readyz.</p>`;
  }
  if (now === null) return html`<p class="faint">Nothing was ever deployed here.</p>`;
  const { running, halted, waiting } = now;
  return html`
    ${running === null || halted !== null ? nothing : html`<p>Running: <a href="/deployments/${running}">${running}</a></p>`}
    ${halted === null ? nothing : haltedRun(now)}
    ${waiting.length === 0 ? html`<p class="faint">Nothing waits.</p>` : waitingList(now)}
  `;
}

/**
 * The gates that hold it back, each with the form that ends it. They hold no input, so they may be replaced while a
 * person looks.
 */
function endings(path: string, now: EnvironmentNow, actor: Actor): Html {
  const all = blockList(now);
  if (all.length === 0) return nothing;
  const { lock, pause, hold, maintenance } = now;
  const isOwn = lock !== null && isOnePerson(lock.owner, actor);
  return html`<section class="card gates">
    ${all}
    <div class="buttons">
      ${
        lock === null
          ? nothing
          : html`<form method="${isOwn ? 'post' : 'get'}" action="${path}/unlock">
              <button class="${isOwn ? '' : 'danger'}">${isOwn ? 'Unlock' : 'Unlock by force …'}</button>
            </form>`
      }
      ${
        maintenance === undefined
          ? nothing
          : html`<form method="post" action="${path}/maintenance-end"><button>End maintenance</button></form>`
      }
      ${
        pause === null && hold === null
          ? nothing
          : html`<form method="post" action="${path}/resume"><button>Resume</button></form>`
      }
    </div>
  </section>`;
}

const lockForm = (path: string): Html => html`
  <form class="card ask" method="post" action="${path}/lock">
    <h2>Lock</h2>
    <p class="faint">Everybody else's deployments wait; yours go on.</p>
    <label for="lock-reason">Why</label>
    <input id="lock-reason" name="reason" required maxlength="500" />
    <label for="lock-for">For how long</label>
    <input id="lock-for" name="for" placeholder="such as 2h; empty: ${USUAL_LOCK}" pattern="[0-9]+(s|m|h|d)" />
    <button>Lock</button>
  </form>
`;

const pauseForm = (path: string): Html => html`
  <form class="card ask" method="post" action="${path}/pause">
    <h2>Pause</h2>
    <p class="faint">Nothing more begins; what runs goes on.</p>
    <label for="pause-reason">Why</label>
    <input id="pause-reason" name="reason" required maxlength="500" />
    <button>Pause</button>
  </form>
`;

const maintenanceForm = (path: string): Html => html`
  <form class="card ask" method="post" action="${path}/maintenance">
    <h2>Maintenance</h2>
    <p class="faint">Visitors get a page with the reason; deployments go on behind it.</p>
    <label for="maintenance-reason">Why, for visitors</label>
    <input id="maintenance-reason" name="reason" maxlength="500" />
    <label for="maintenance-for">For how long</label>
    <input
      id="maintenance-for"
      name="for"
      placeholder="such as 2h; empty: until it is ended"
      pattern="[0-9]+(s|m|h|d)"
    />
    <button>Show the page</button>
  </form>
`;

const promoteForm = (path: string, { environment, commit }: PromotionSource): Html => html`
  <form class="card ask" method="get" action="${path}/promote">
    <h2>Promote</h2>
    <p class="faint">
      Brings what is live in ${environment}, <span class="commit">${shortCommit(commit)}</span>, here: the same image.
    </p>
    <button>Promote …</button>
  </form>
`;

const destroyForm = (path: string): Html => html`
  <form class="card ask" method="get" action="${path}/destroy">
    <h2>Destroy</h2>
    <p class="faint">Takes everything of it away: what runs, its route, images, variables and secrets.</p>
    <button class="danger">Destroy …</button>
  </form>
`;

function rollbackForm(path: string, all: readonly RollbackTarget[]): Html {
  // If the registry did not answer, the rollback itself looks.
  const targets = all.filter(({ available }) => available !== false);
  const none = all.length === 0 ? 'Nothing was live here before what is live now.' : GONE;
  return html`
    <form class="card ask" method="get" action="${path}/rollback">
      <h2>Roll back</h2>
      ${
        targets.length === 0
          ? html`<p class="faint">${none}</p>`
          : html`<p class="faint">Brings it back as a deployment of its own; automatic ones stay out from then on.</p>
              <label for="rollback-to">To</label>
              <select id="rollback-to" name="to">
                ${targets.map(
                  ({ deploymentId, commit, subject, at }) =>
                    html`<option value="${deploymentId}">
                      ${shortCommit(commit)} ${firstPart(plain(subject), 60)} (${moment(at)})
                    </option>`,
                )}
              </select>
              <button class="danger">Roll back …</button>`
      }
    </form>
  `;
}

const GONE =
  'The registry has none of the images any more that were live here before. Deploy a commit by name: that builds it again.';
