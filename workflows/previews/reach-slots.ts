import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, getExternalWorkflowHandle, startChild } from '@temporalio/workflow';
import type { SlotRequest } from '../../contracts/deployment/preview.ts';
import { PREVIEW_SLOTS_ID } from '../../contracts/core/ids.ts';
import { askSlot, giveSlot, slotsStart } from '../messages/preview-slots.messages.ts';
import { Ordered } from '../reporting/ordered.ts';
import type { previewSlots } from './preview-slots.workflow.ts';

type SlotMessage =
  | { readonly kind: 'ask'; readonly request: SlotRequest }
  | { readonly kind: 'give'; readonly id: string };

/** Speaks to the slots, in order: what is asked for after it was given back must not be given back. */
export class Slots extends Ordered<SlotMessage> {
  constructor() {
    super({ send: sendOne, atOnce: () => 1, failed: 'the slots of previews could not be reached' });
  }
}

async function sendOne(messages: readonly SlotMessage[]): Promise<void> {
  for (const message of messages) {
    // It is there nearly always, so speak first and found it only when it is not.
    await speak(message).catch(async () => {
      await found();
      await speak(message);
    });
  }
}

function speak(message: SlotMessage): Promise<void> {
  const slots = getExternalWorkflowHandle(PREVIEW_SLOTS_ID);
  return message.kind === 'ask' ? slots.signal(askSlot, message.request) : slots.signal(giveSlot, { id: message.id });
}

async function found(): Promise<void> {
  try {
    await startChild<typeof previewSlots>('previewSlots', {
      ...slotsStart(),
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    // Two first previews at once.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
