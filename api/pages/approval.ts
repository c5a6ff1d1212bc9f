/** The form at a gate: who may decide, how many have, until when, and what the decision changes. */
import { html } from 'hono/html';
import type { ApprovalDecision, ApprovalState } from '../../contracts/deployment/approval.ts';
import type { DeploymentView } from '../../contracts/http/api.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import { changes } from './artefact.ts';
import { moment } from './blocks.ts';
import { type Html, nothing, plain } from './format.ts';

/**
 * Stands outside of what keeps itself up to date, or the note would vanish while it is being written.
 *
 * @param gate - the release's own account; `undefined` while it does not answer
 */
export const approvalForm = (it: DeploymentView, gate: ApprovalState | undefined): Html => html`
  <form class="card ask decision" method="post" action="/deployments/${it.id}/approve">
    <h2>Approve <span class="commit">${shortCommit(it.commit)}</span> for ${it.environment}?</h2>
    <dl>
      <dt>Changes</dt>
      <dd>${changes(it.changes)}</dd>
      ${gate ? facts(gate) : nothing}
    </dl>
    <input type="hidden" name="commit" value="${it.commit}" />
    <input type="hidden" name="digest" value="${it.digest}" />
    <label for="note">Note</label>
    <input id="note" name="note" maxlength="500" />
    <div class="buttons">
      <button class="primary">Approve</button>
      <button class="danger" formaction="/deployments/${it.id}/reject">Reject</button>
    </div>
  </form>
`;

const facts = ({ approvers, decisions, needed, expiresAt }: ApprovalState): Html => html`
  <dt>May decide</dt>
  <dd>${plain(approvers)}</dd>
  <dt>Approved by</dt>
  <dd>${decisions.length} of ${needed} ${decisions.map(decision)}</dd>
  <dt>Until</dt>
  <dd>${moment(new Date(expiresAt).toISOString())}</dd>
`;

const decision = ({ by, at, note }: ApprovalDecision): Html => html`
  <span class="line"
    >${plain(by.name)}, ${moment(new Date(at).toISOString())}${note === '' ? '' : `: ${plain(note)}`}</span
  >
`;
