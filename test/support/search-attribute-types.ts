import { SearchAttributes } from '../../contracts/core/search-attributes.ts';

/** Name to type, in the spelling of `temporal server start-dev --search-attribute`. */
export function searchAttributeTypes(): Record<string, string> {
  return Object.fromEntries(Object.values(SearchAttributes).map(({ name, type }) => [name, SPELLING[type]]));
}

const SPELLING = { KEYWORD: 'Keyword' } as const;
