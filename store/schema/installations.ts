/** Where the GitHub App is installed, as GitHub said when it was asked last: written by the installation activities' record. */
import { boolean, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { InstallationState } from '../../contracts/config/installation.ts';
import { gitHubIdColumn, jsonRecord, timeColumn, storableText } from '../columns.ts';

export const installationStates = pgTable('installation_states', {
  installationId: gitHubIdColumn().primaryKey(),
  /** The login of the user or organisation. */
  account: storableText().notNull(),
  state: text().$type<InstallationState>().notNull(),
  /** What was granted; `null` when it is not known, as of one that is gone. */
  permissions: jsonRecord<Readonly<Record<string, string>>>(),
  /** `false`: chosen repositories only. */
  everyRepository: boolean(),
  /** When GitHub was asked: an answer that is older changes nothing. */
  readAt: timeColumn().notNull(),
});

export const installationRepositories = pgTable(
  'installation_repositories',
  {
    installationId: gitHubIdColumn().notNull(),
    repositoryId: gitHubIdColumn().notNull(),
    fullName: storableText().notNull(),
    private: boolean().notNull(),
  },
  (table) => [primaryKey({ columns: [table.installationId, table.repositoryId] }), index().on(table.repositoryId)],
);
