/** The public surface of a preview: an entity that lives as long as something of it is there. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { previewWorkflowId } from '../../contracts/core/ids.ts';
import type {
  EnvironmentEnd,
  PreviewAnswer,
  PreviewRequest,
  PreviewView,
  PullChange,
  PullRef,
} from '../../contracts/deployment/preview.ts';

/** The start of a preview. A person and an event begin the same workflow, whichever comes first. */
export interface PreviewStart {
  readonly pull: PullRef;
}

/** A repeated request with the same order id takes effect once. */
export const previewRequest = defineUpdate<PreviewAnswer, [PreviewRequest]>('request');
/** Something happened to the pull request. Where it has no preview yet, the rules decide whether it gets one. */
export const pullRequestChanged = defineSignal<[PullChange]>('pullRequestChanged');
/** From an environment of the preview that was destroyed, or could not be. */
export const environmentGone = defineSignal<[EnvironmentEnd]>('environmentGone');
/** From the slots. */
export const slotNews = defineSignal<[SlotNews]>('slotNews');
export const previewState = defineQuery<PreviewView>('state');

export type SlotNews =
  | { readonly kind: 'granted' }
  | { readonly kind: 'place'; readonly place: number }
  | { readonly kind: 'refused'; readonly why: string }
  /** Asks nothing: that it arrives says that the preview is there. */
  | { readonly kind: 'check' };

export const previewStart = (pull: PullRef) => ({
  workflowId: previewWorkflowId(pull),
  args: [{ pull }] as [PreviewStart],
  staticSummary: `preview of ${pull.repository}#${String(pull.number)}`,
});
