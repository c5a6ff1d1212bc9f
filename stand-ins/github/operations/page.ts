interface PageQuery {
  readonly per_page?: number | undefined;
  readonly page?: number | undefined;
}

/** A request for more gets this many. */
const MAX_PER_PAGE = 100;

/** One page of a list, and the `Link` header that leads to the next (docs, "Using pagination in the REST API"). */
export function page<T>(
  all: readonly T[],
  { per_page: asked = 30, page: number = 1, ...filters }: PageQuery,
  url: string,
): { readonly items: readonly T[]; readonly headers: Record<string, string> } {
  const size = Math.min(asked, MAX_PER_PAGE);
  const items = all.slice((number - 1) * size, number * size);
  if (number * size >= all.length) return { items, headers: {} };
  const query = new URLSearchParams({ ...filters, per_page: String(size), page: String(number + 1) });
  return { items, headers: { link: `<${url}?${query.toString()}>; rel="next"` } };
}
