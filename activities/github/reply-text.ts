/** The text of a reply as GitHub gets it. */
import { mask } from '../logs/masker.ts';
import { changed, type Markdown } from '../../contracts/core/markdown.ts';
import { cutMarkdown } from './text.ts';

/** GitHub takes 65,536; no person reads that. */
const MAX_TEXT = 20_000;

/** Begins every reply; with our App as its author it is ours. */
export const replyMarker = (orderId: string): string => `<!-- landfall:reply ${orderId} -->\n`;

/** Begins a comment of which there is one for each mark. */
export const keptMarker = (mark: string): string => `<!-- landfall:${mark} -->\n`;

/** @param publicUrl - see {@link markedBody} */
export const replyBody = (orderId: string, text: Markdown, publicUrl: string): Markdown =>
  markedBody(replyMarker(orderId), text, publicUrl);

/** @param publicUrl - Landfall's address for people; put before links that begin with `/`. Without a slash at its end. */
export function markedBody(marker: string, text: Markdown, publicUrl: string): Markdown {
  const shown = cutMarkdown(
    changed(text, (all) => mask(all).toWellFormed()),
    MAX_TEXT,
  );
  return changed(shown, (all) => `${marker}${all.replaceAll('](/', `](${publicUrl}/`)}`);
}
