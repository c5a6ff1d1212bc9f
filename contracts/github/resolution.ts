/** The meaning of a command, once the contents of its repository are known. */
import type { Markdown } from '../core/markdown.ts';
import type { Trigger } from '../admission/delivery.ts';
import type { Gap } from './commit-distance.ts';
import type { Order } from './order.ts';

export type Resolution =
  | {
      readonly kind: 'order';
      readonly order: Order;
      /** The release that it is about, where that is known before. */
      readonly releaseId: string | null;
    }
  | { readonly kind: 'plan'; readonly trigger: Trigger }
  | {
      readonly kind: 'answer';
      readonly text: Markdown;
      /** The gaps that are added to it, once GitHub has counted them. */
      readonly gaps?: readonly Gap[];
    }
  /** The point that was not clear, and the choices. */
  | { readonly kind: 'refusal'; readonly text: Markdown };
