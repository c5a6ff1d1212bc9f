import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPath } from '../../source/check-input.ts';
import type { Builder } from './builder.port.ts';

/** The repository says itself how it is built. */
export const dockerfile: Builder = {
  name: 'dockerfile',
  available: async () => true,
  async prepare({ folder, settings }) {
    checkPath(settings.dockerfile);
    // Through links: they were checked to stay inside.
    const stats = await stat(join(folder, settings.dockerfile)).catch(() => undefined);
    return stats?.isFile() ? { context: folder, dockerfile: settings.dockerfile, added: [], args: {} } : undefined;
  },
};
