/** The preview's question about its repository's rules. `createPreviewRulesActivities` in preview-rules.ts implements it. */
import type { PreviewRulesAnswer, PullRef } from '../../contracts/deployment/preview.ts';

export interface PreviewRulesActivities {
  /**
   * The default branch's rules for previews, with the limit of this installation of Landfall. A file that has none, or
   * cannot be used, is an answer in words.
   * @throws `GitHub*`
   */
  readPreviewRules(pull: PullRef): Promise<PreviewRulesAnswer>;
}
