/** The halts of a running deployment, and the forms that end them: on its own page. */
import { html } from 'hono/html';
import type { DeploymentNow } from '../../contracts/http/halts.ts';
import type { StepDecision } from '../../contracts/deployment/steps.ts';
import { type Html, nothing, plain, linesApart } from './format.ts';
import { moment } from './blocks.ts';

/** Stands where the page keeps itself up to date, so the reason is written elsewhere: {@link whyForm}. */
const WHY_FORM = 'why';

const CHOICE: Readonly<Record<StepDecision, string>> = { retry: 'Retry', skip: 'Skip', abort: 'Abort' };

/** True when it does not go on before a person has decided. */
export const isHalted = ({ pause, failed }: DeploymentNow): boolean =>
  failed.length > 0 || (pause !== null && pause.until !== null);

export const halts = (now: DeploymentNow): Html =>
  now.pause === null && now.failed.length === 0
    ? nothing
    : html`<section class="card gates">${pauseOf(now)} ${now.failed.map((one) => failedStep(now.id, one))}</section>`;

function pauseOf({ id, pause }: DeploymentNow): Html {
  if (pause === null) return nothing;
  const until =
    pause.until === null ? 'once its step has ended' : `until ${moment(pause.until)}, then it is taken back`;
  return html`
    <p class="gate">
      <span class="badge bad">paused</span> by ${plain(pause.by.name)}: ${plain(pause.reason)} (${until})
    </p>
    <div class="buttons">
      <form method="post" action="/deployments/${id}/resume"><button>Resume</button></form>
    </div>
  `;
}

const failedStep = (
  id: string,
  { step, place, failure, until, choices }: DeploymentNow['failed'][number],
): Html => html`
  <p class="gate">
    <span class="badge bad">${step} failed</span>
    ${place === '' ? nothing : `on ${plain(place)}: `}${linesApart(failure.message)}
  </p>
  <p class="faint">
    Waits until ${moment(until)}. Mend it and
    retry${choices.includes('skip') ? ', or skip what you have done yourself' : ''}; say why below.
  </p>
  <div class="buttons">
    ${/* Enter in the field below takes the first button: it must not be one of these. */ nothing}
    <button form="${WHY_FORM}" disabled hidden></button>
    ${choices.map(
      (choice) =>
        html`<button
          form="${WHY_FORM}"
          formaction="/deployments/${id}/steps/${step}/${choice}"
          class="${choice === 'retry' ? 'primary' : 'danger'}"
        >
          ${CHOICE[choice]}
        </button>`,
    )}
  </div>
`;

/** The reason for whatever is done, and the button that pauses. */
export const whyForm = (id: string): Html => html`
  <form id="${WHY_FORM}" class="card ask" method="post" action="/deployments/${id}/pause">
    <h2>Step in</h2>
    <p class="faint">Paused, it ends the step that it is in and holds before the next one, for an hour at most.</p>
    <label for="reason">Why</label>
    <input id="reason" name="reason" required maxlength="500" />
    <button>Pause</button>
  </form>
`;
