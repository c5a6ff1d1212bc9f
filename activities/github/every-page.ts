/**
 * The most that GitHub gives in one page, and enough pages for the open issues of any repository or the checks of any
 * commit.
 */
export const PER_PAGE = 100;
const MAX_PAGES = 10;

/** All that a list holds, a thousand at most. */
export async function everyPage<T>(read: (page: number) => Promise<readonly T[]>): Promise<readonly T[]> {
  const all: T[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const items = await read(page);
    all.push(...items);
    if (items.length < PER_PAGE) break;
  }
  return all;
}
