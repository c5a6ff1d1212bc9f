import type { MaintenancePage } from '../../../../contracts/deployment/maintenance.ts';
import type { Files } from './files.ts';
import { isShownAt, pageEntries, pagesFile, type OrderedPage } from './pages.ts';
import type { Runtime } from './runtime.ts';

interface PageDeps {
  readonly configFile: string;
  readonly files: Pick<Files, 'pages' | 'writePages'>;
  readonly runtime: Pick<Runtime, 'hasMap' | 'replaceMap'>;
  /** Has HAProxy read the file, which it does not know yet. */
  readonly reopen: () => Promise<void>;
}

export interface PageOrders {
  /**
   * Requests to a section get the page from now on, or the service again; without a reload. It need not be there: the page
   * waits for it. Of two orders the one with the higher number counts.
   */
  set(order: OrderedPage): Promise<void>;
  /** `null`: visitors get the service. */
  shown(id: string): Promise<MaintenancePage | null>;
  forget(id: string): Promise<void>;
}

/** Changes are to be made one at a time. */
export function createPageOrders({ configFile, files, runtime, reopen }: PageDeps): PageOrders {
  const map = pagesFile(configFile);

  /** The file first, then the running worker: a restarted one begins with the file, and the next call goes on from there. */
  async function write(orders: readonly OrderedPage[]): Promise<void> {
    await files.writePages(orders);
    await ((await runtime.hasMap(map)) ? runtime.replaceMap(map, pageEntries(orders)) : reopen());
  }

  return {
    async set(order) {
      const orders = await files.pages();
      const newest = orders.find(({ id }) => id === order.id);
      if (newest && newest.change > order.change) return;
      await write([...orders.filter((one) => one !== newest), order]);
    },

    async shown(id) {
      const page = (await files.pages()).find((one) => one.id === id)?.page;
      return isShownAt(page, Date.now()) ? page : null;
    },

    async forget(id) {
      const orders = await files.pages();
      const others = orders.filter((one) => one.id !== id);
      if (others.length < orders.length) await write(others);
    },
  };
}
