/** The files that Landfall writes for HAProxy. */
import { randomUUID } from 'node:crypto';
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RenderedConfig } from './config.ts';
import { isListOf } from './lists.ts';
import { pagesFile, parsePages, renderPages, type OrderedPage } from './pages.ts';

export type Files = ReturnType<typeof createFiles>;

export function createFiles(configFile: string) {
  const pages = pagesFile(configFile);
  const readText = () => readFile(configFile, 'utf8').catch(ifAbsent);
  const readPages = () => readFile(pages, 'utf8').catch(ifAbsent);

  async function writeText(text: string): Promise<void> {
    await replace(configFile, text);
  }

  return {
    /** The configuration; empty when there is none yet. */
    text: readText,

    /** Writes the configuration alone. */
    writeText,

    /** Its lists first: a configuration that names a list which is not there would not start. */
    async write({ text, lists }: RenderedConfig): Promise<void> {
      for (const list of lists) await replace(list.path, list.text);
      if ((await readPages()) === '') await replace(pages, '');
      await writeText(text);
    },

    /** The orders about maintenance pages. @throws `ProxyUnavailable` when they cannot be read */
    pages: async (): Promise<readonly OrderedPage[]> => parsePages(await readPages()),

    async writePages(orders: readonly OrderedPage[]): Promise<void> {
      await replace(pages, renderPages(orders));
    },

    /** Removes lists that the configuration, as it is now, does not name. */
    async tidy(): Promise<void> {
      const text = await readText();
      const folder = dirname(configFile);
      for (const name of await readdir(folder)) {
        if (isListOf(basename(configFile), name) && !text.includes(name)) await rm(join(folder, name), { force: true });
      }
    },
  };
}

async function replace(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600, flush: true });
  await rename(draft, file);
}

function ifAbsent(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
  throw error;
}
