import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { becomeLandfall } from '../serve/become-landfall.ts';
import { define } from './define.ts';

/** `landfall serve`: Landfall alone, next to a Temporal, a PostgreSQL, a registry and hosts that run elsewhere. */
export function serveAlone(program: Command, context: CommandContext): void {
  define(program, 'serve', 'run API and workers alone, for a container: Temporal, database and registry run elsewhere')
    .addHelpText('after', ENVIRONMENT)
    .action(async () => {
      await becomeLandfall(context);
    });
}

const ENVIRONMENT = `
Environment, besides that of \`landfall up\`:
  DATABASE_URL[_FILE], LANDFALL_REGISTRY         required
  TEMPORAL_ADDRESS                               default 127.0.0.1:7233
  LANDFALL_DATA_DIR                              keys, logs and caches; has to be a volume that is kept
  LANDFALL_LISTEN                                default 127.0.0.1:8080; 0.0.0.0:8080 in a container`;
