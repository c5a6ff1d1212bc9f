/** The public surface of the slots, which previews speak to. One workflow for a whole installation of Landfall. */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import { PREVIEW_SLOTS_ID } from '../../contracts/core/ids.ts';
import type { LinePlace, SlotRequest } from '../../contracts/deployment/preview.ts';

/** Asks for a slot; asking again changes nothing. Answered by `slotNews`. */
export const askSlot = defineSignal<[SlotRequest]>('askSlot');
/** Gives it back, or leaves the line. */
export const giveSlot = defineSignal<[{ readonly id: string }]>('giveSlot');
/** The whole line, as it is now. */
export const linePlaces = defineQuery<readonly LinePlace[]>('places');

export const slotsStart = () => ({
  workflowId: PREVIEW_SLOTS_ID,
  args: [{}] as [object],
  staticSummary: 'who may have a preview',
});
