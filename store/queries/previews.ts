/** Previews: environments of pull requests, which no landfall.yaml lists. */
import { sql } from 'drizzle-orm';
import type { ReleaseDraft } from '../../contracts/admission/admission.ts';
import type { Database } from '../open.ts';
import { environments } from '../schema.ts';

/** Lists the previews that drafts go to, as their template has them now. */
export async function savePreviews(db: Database, drafts: readonly ReleaseDraft[]): Promise<void> {
  const updatedAt = new Date();
  const rows = drafts.flatMap(({ key, ref, environments: all }) =>
    all.flatMap(({ preview, ...settings }) =>
      preview
        ? [
            {
              ...{ project: key.project, service: key.service, environment: settings.name },
              settings: { ...settings, preview },
              branch: ref,
              autoDeploy: false,
              production: false,
              preview: preview.number,
              updatedAt,
            },
          ]
        : [],
    ),
  );
  if (rows.length === 0) return;
  await db
    .insert(environments)
    .values(rows)
    .onConflictDoUpdate({
      target: [environments.project, environments.service, environments.environment],
      set: { settings: sql`excluded.settings`, preview: sql`excluded.preview`, removedAt: null, updatedAt },
    });
}
