import type { AdmissionRequest } from '../../contracts/admission.ts';
import type { Catalogue, ImageLookup } from './catalogue.port.ts';
import type { Source } from './source.port.ts';

/** What looking takes. */
export interface DeliveryDeps {
  readonly catalogue: Catalogue;
  readonly source: Source;
  /** Without it every release builds. */
  readonly registry?: ImageLookup;
}

/** What one look at a source led to: something to admit, or the reason why there is nothing. */
export type Look =
  | { readonly kind: 'admit'; readonly request: AdmissionRequest; readonly skipped: readonly string[] }
  | { readonly kind: 'skip'; readonly reason: string };

export const skip = (reason: string): Look => ({ kind: 'skip', reason });
