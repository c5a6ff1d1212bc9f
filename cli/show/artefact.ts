/** What runs, or ran: the artefact and what it brought, as cells of a table. */
import type { ChangesView } from '../../contracts/http/api.ts';
import { describeChanges } from '../../contracts/http/changes.ts';
import { plain } from './plain.ts';

/** `1a2b3c4 → 5d6e7f8`; empty where nothing was changed. */
export const changesOf = (changes: ChangesView | null): string => (changes ? plain(describeChanges(changes)) : '');

/** Where the commits between can be looked at; empty where they cannot. */
export const compareLink = (changes: ChangesView | null): string => plain(changes?.compareUrl ?? '');
