import { onStoreAll } from '../../store/failures.ts';
import type { Database } from '../../store/open.ts';
import { recordAudit } from '../../store/queries/audit.ts';
import { recordDecisions } from '../../store/queries/decisions.ts';
import { recordGates } from '../../store/queries/gates.ts';
import { recordBuild, recordBuildState } from '../../store/queries/record-build.ts';
import {
  recordDeployment,
  recordDeploymentState,
  recordLive,
  recordStep,
} from '../../store/queries/record-deployment.ts';
import { recordPreview } from '../../store/queries/preview-records.ts';
import { recordRelease, recordReleaseResult } from '../../store/queries/record-release.ts';
import { recordUpkeep } from '../../store/queries/upkeep.ts';
import type { RecordActivities } from './records.port.ts';

/**
 * Tells the store what happens. Each is one or two statements that take effect on their own; a crash between them is
 * mended when the report is repeated, and repeating is safe at any time, in any order.
 *
 * Every one throws `StoreUnavailable` (retryable) when the database is away.
 */
export function createRecordActivities({ db }: { readonly db: Database }): RecordActivities {
  return onStoreAll({
    recordRelease: (release) => recordRelease(db, release),
    recordReleaseResult: (release) => recordReleaseResult(db, release),
    recordBuild: (build) => recordBuild(db, build),
    recordBuildState: (record) => recordBuildState(db, record),
    recordDeployment: (request) => recordDeployment(db, request),
    recordDeploymentState: (record) => recordDeploymentState(db, record),
    recordStep: (record) => recordStep(db, record),
    recordLive: (record) => recordLive(db, record),
    recordGates: (record) => recordGates(db, record),
    recordPreview: (record) => recordPreview(db, record),
    recordAudit: (record) => recordAudit(db, record),
    recordUpkeep: (record) => recordUpkeep(db, record),
    recordDecisions: (record) => recordDecisions(db, record),
  } satisfies RecordActivities);
}
