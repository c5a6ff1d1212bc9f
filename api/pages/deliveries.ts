import { html } from 'hono/html';
import type { DecisionView } from '../../contracts/http/api.ts';
import type { DeliveryView } from '../routes/deliveries.ts';
import { type Html, ago, nothing, plain, linesApart } from './format.ts';
import { live } from './layout.ts';

const TONE: Readonly<Record<DeliveryView['state'], string>> = {
  received: 'busy',
  handed_over: 'good',
  ignored: 'calm',
  dead: 'alarm',
};

/** GitHub's deliveries, and their results. */
export const deliveriesPage = (deliveries: readonly DeliveryView[]): Html =>
  live(
    '/deliveries',
    5,
    html`
      <h1>Deliveries</h1>
      <p class="faint">What GitHub sent, the newest first.</p>
      ${
        deliveries.length === 0
          ? html`<section class="card empty"><p>None has arrived. Is the webhook's address right?</p></section>`
          : table(deliveries)
      }
    `,
  );

const table = (deliveries: readonly DeliveryView[]): Html => html`
  <div class="scroll">
    <table>
      <thead>
        <tr>
          <th>State</th>
          <th>Event</th>
          <th>About</th>
          <th>What came of it</th>
          <th>When</th>
        </tr>
      </thead>
      <tbody>
        ${deliveries.map(
          (it) => html`
            <tr>
              <td><span class="badge ${TONE[it.state]}">${it.state.replaceAll('_', ' ')}</span></td>
              <td>
                ${it.event}${it.action === null ? nothing : html` <span class="faint">${plain(it.action)}</span>`}
              </td>
              <td class="subject">
                ${plain(it.repository ?? '')} <span class="faint">${plain(it.ref ?? '')}</span>
                <span class="line faint commit">${it.id}</span>
              </td>
              <td class="subject">
                ${it.reason === null ? nothing : linesApart(it.reason)}
                ${it.state === 'dead' ? retryForm(it.id) : nothing}${it.decisions.map(outcome)}
              </td>
              <td class="faint">${ago(it.receivedAt)}</td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  </div>
`;

/** One line for each service and environment: where it went, or why it did not. */
const outcome = (one: DecisionView): Html => {
  const where = [one.service, one.environment].filter((name) => name !== null).join(' → ');
  const before = where === '' ? nothing : html`${where}: `;
  const reason = html`<span class="faint commit">${one.reason}</span>`;
  return one.releaseId === null
    ? html`<span class="line">${before}${linesApart(one.detail ?? '')} ${reason}</span>`
    : html`<span class="line">${where}: <a href="/releases/${one.releaseId}">${one.releaseId}</a></span>`;
};

const retryForm = (id: string): Html => html`
  <form method="post" action="/deliveries/${id}/retry"><button>Try again</button></form>
`;
