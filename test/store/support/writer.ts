/** Owns the store in the given folder and adds audit events; says each one's id once it is committed. */
import { openStore } from '../../../store/open.ts';
import { auditEvents } from '../../../store/schema.ts';

const { db } = await openStore({ dataDir: process.argv[2] ?? '' });
for (let number = 0; ; number += 1) {
  const id = `${process.pid}/${number}`;
  await db.insert(auditEvents).values({ id, at: new Date(), actor: 'system:test', action: 'test', subject: 'x' });
  process.send?.(id);
}
