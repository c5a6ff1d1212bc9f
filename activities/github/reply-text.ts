/** The text of a reply as GitHub gets it. */
import { mask } from '../logs/masker.ts';
import { changed, type Markdown } from '../../contracts/core/markdown.ts';
import { cutMarkdown } from './text.ts';

/** GitHub takes 65,536; no person reads that. */
const MAX_TEXT = 20_000;

/** Begins every reply; with our App as its author it is ours. */
export const replyMarker = (orderId: string): string => `<!-- landfall:reply ${orderId} -->\n`;

/** @param publicUrl - Landfall's address for people; put before links that begin with `/`. Without a slash at its end. */
export function replyBody(orderId: string, text: Markdown, publicUrl: string): Markdown {
  const shown = cutMarkdown(
    changed(text, (all) => mask(all).toWellFormed()),
    MAX_TEXT,
  );
  return changed(shown, (all) => `${replyMarker(orderId)}${all.replaceAll('](/', `](${publicUrl}/`)}`);
}
