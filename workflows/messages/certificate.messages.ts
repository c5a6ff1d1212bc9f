/** The public surface of a certificate: an entity that lives as long as something answers to its name. */
import { defineSignal } from '@temporalio/workflow';
import { certificateWorkflowId } from '../../contracts/core/ids.ts';

/** Something answers to the name since a moment ago, or a place of it is not as it was: look now. */
export const lookAgain = defineSignal('lookAgain');

/** The start. A deployment and the schedule start the same workflow, whichever comes first. */
export const certificateStart = (name: string) => ({
  workflowId: certificateWorkflowId(name),
  args: [{ name }] as [{ readonly name: string }],
  staticSummary: name,
});
