import type { Telling } from '../../activities/records/records.port.ts';
import type { AuditRecord } from '../../contracts/admission/store-records.ts';
import type { Actor } from '../../contracts/core/actor.ts';

interface Deed extends Pick<AuditRecord, 'action' | 'subject' | 'at' | 'detail'> {
  readonly by: Actor;
  /** Tells it apart from the same action on the same subject. Without one the action is done once. */
  readonly key?: string;
  readonly commit?: string | undefined;
  readonly digest?: string | undefined;
}

/** An action with its author, for the audit trail. A repeated report with the same key is the same event. */
export function audited({ action, subject, key, by, at, detail, commit, digest }: Deed): Telling {
  const record: AuditRecord = {
    id: [action, subject, ...(key === undefined ? [] : [key])].join('/'),
    ...{ at, actor: `${by.kind}:${by.name}`, action, subject },
    ...(commit !== undefined && { commit }),
    ...(digest !== undefined && { digest }),
    ...(detail !== undefined && { detail }),
  };
  return { kind: 'recordAudit', record };
}
