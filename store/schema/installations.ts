/** Installations of the GitHub App, by GitHub's last answer: written by the installation activities' record. */
import { boolean, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { InstallationState } from '../../contracts/config/installation.ts';
import { gitHubIdColumn, jsonRecord, timeColumn, storableText } from '../columns.ts';

export const installationStates = pgTable('installation_states', {
  installationId: gitHubIdColumn().primaryKey(),
  /** The login of the user or organisation. */
  account: storableText().notNull(),
  state: text().$type<InstallationState>().notNull(),
  /** The granted permissions; `null` when they are not known, as of one that is gone. */
  permissions: jsonRecord<Readonly<Record<string, string>>>(),
  /** `false`: chosen repositories only. */
  everyRepository: boolean(),
  /** The time of GitHub's answer: an older answer changes nothing. */
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
