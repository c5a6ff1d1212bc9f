import { once } from 'node:events';
import type { CommandContext } from '../context.ts';
import { progress } from '../context.ts';
import { textTable } from '../show/table.ts';
import type { Stage } from './stage.ts';

/** The addresses and files for people to look at when the acts are over. */
export type Shown = Pick<Stage, 'access' | 'temporalUi' | 'serviceUrl' | 'tokensFile'> & {
  readonly repository: Pick<Stage['repository'], 'dir'>;
  readonly landfall: Pick<Stage['landfall'], 'lost'>;
};

/** Prints where everything is and resolves when a signal comes. @throws what {@link Stage.landfall} is lost with */
export async function stay(context: CommandContext, stage: Shown): Promise<void> {
  const { access, temporalUi, serviceUrl, tokensFile, repository } = stage;
  const rows = [
    ['Landfall', access.url, `log in with the token in ${tokensFile}, after "local:"`],
    ['Temporal', temporalUi, 'every step of every deployment'],
    ['The service', serviceUrl, 'what has been deployed'],
    ['The clone', repository.dir, 'change it, commit, git push origin main'],
    ['Commands', 'landfall status', `with LANDFALL_URL=${access.url} LANDFALL_TOKEN=$(cut -d: -f2 ${tokensFile})`],
  ];
  progress(context, `\n${textTable(rows, '  ')}\n\n  Everything stays up until Ctrl-C.`);
  const ended = context.signal.aborted ? undefined : once(context.signal, 'abort');
  await Promise.race([ended, stage.landfall.lost]);
}
