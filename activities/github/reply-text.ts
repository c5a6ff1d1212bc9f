/** The text of a reply as GitHub gets it. */
import { mask } from '../logs/masker.ts';
import { cut } from './text.ts';

/** GitHub takes 65,536; nobody reads that. */
const MAX_TEXT = 20_000;

/** Begins every reply; with our App as its author it is ours. */
export const replyMarker = (orderId: string): string => `<!-- landfall:reply ${orderId} -->\n`;

/** @param publicUrl - where people reach Landfall; put before links that begin with `/`. Without a slash at its end. */
export const replyBody = (orderId: string, text: string, publicUrl: string): string =>
  `${replyMarker(orderId)}${cut(mask(text).toWellFormed(), MAX_TEXT).replaceAll('](/', `](${publicUrl}/`)}`;
