/** The artefact that runs, or ran, and its changes, as cells of a table. */
import type { ChangesView } from '../../contracts/http/api.ts';
import { describeChanges } from '../../contracts/http/changes.ts';
import { plainText } from './plain.ts';

/** `1a2b3c4 → 5d6e7f8`; empty where nothing was changed. */
export const changesOf = (changes: ChangesView | null): string => (changes ? plainText(describeChanges(changes)) : '');

/** A link to the commits in between; empty when there is none. */
export const compareLink = (changes: ChangesView | null): string => plainText(changes?.compareUrl ?? '');
