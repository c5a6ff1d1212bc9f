/** Other names of projects and services: written by whoever moves one (store/queries/names.ts). */
import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { timeColumn } from '../columns.ts';
import { projects } from './admitted.ts';

/** A name, and what it stands for. What it stands for keeps its own name in every id. */
export const otherNames = pgTable(
  'other_names',
  {
    /** `store`, a project; `shop/frontend`, a service of the project that is kept as `shop`. */
    name: text().primaryKey(),
    project: text()
      .notNull()
      .references(() => projects.name),
    /** `null`: the whole project. */
    service: text(),
    /** The newest one is what it is called now. */
    movedAt: timeColumn().notNull(),
  },
  (table) => [index().on(table.project)],
);
