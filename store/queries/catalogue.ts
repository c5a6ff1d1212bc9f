import type { GitHubId } from '../../contracts/core/github-id.ts';
import type { AdmissionRequest, BuiltFrom } from '../../contracts/admission/admission.ts';
import type { EnvironmentKey, ServiceKey } from '../../contracts/core/keys.ts';
import type { SourceOrigin } from '../../contracts/config/service.ts';
import { onStoreAll } from '../failures.ts';
import type { Database } from '../open.ts';
import { admitReleases, findAdmitted } from './admission.ts';
import { broughtLast, causersOf, newestCommit, newestSequences } from './newest-sequence.ts';
import { findLiveDeployment, findPastDeployment } from './past-deployment.ts';
import { findLostRelease } from './reconcile.ts';
import { livePorts, liveRoutes, namesOf } from './names.ts';
import { portsOfOthers } from './ports.ts';
import { routesOfOthers } from './routes.ts';
import { commitsOf, imagesOf } from './record-build.ts';
import { findInstallation, findProjects, findService } from './services.ts';

/**
 * The memory of the delivery activities (their `Catalogue` port). Every call throws `StoreUnavailable` (retryable).
 *
 * @param clock - the time that numbers never fall behind, in milliseconds since the epoch
 */
export function createCatalogue(db: Database, clock: () => number = Date.now) {
  return onStoreAll({
    admitted: (requestKey: string) => findAdmitted(db, requestKey),
    installationOf: (repositoryId: GitHubId) => findInstallation(db, repositoryId),
    service: (key: ServiceKey) => findService(db, key),
    projectsOf: (origin: SourceOrigin) => findProjects(db, origin),
    namesOf: (origin: SourceOrigin) => namesOf(db, origin),
    livePorts: (project: string) => livePorts(db, project),
    liveRoutes: (project: string) => liveRoutes(db, project),
    portsOfOthers: (project: string) => portsOfOthers(db, project),
    routesOfOthers: (project: string) => routesOfOthers(db, project),
    newest: (origin: SourceOrigin, ref: string) => newestSequences(db, origin, ref),
    newestCommit: (origin: SourceOrigin, ref: string, environments: readonly string[]) =>
      newestCommit(db, origin, ref, environments),
    broughtLast: (key: ServiceKey, ref: string, environments: readonly string[]) =>
      broughtLast(db, key, { ref, environments }),
    admit: (request: AdmissionRequest) => admitReleases(db, request, clock()),
    lostRelease: (releaseId: string) => findLostRelease(db, releaseId),
    causersOf: (key: ServiceKey, commit: string) => causersOf(db, key, commit),
    commitsOf: (key: ServiceKey, digest: string) => commitsOf(db, { ...key, digest }),
    pastDeployment: (key: EnvironmentKey, deploymentId: string | null) => findPastDeployment(db, key, deploymentId),
    liveDeployment: (key: EnvironmentKey) => findLiveDeployment(db, key),
    imagesOf: ({ key, ...from }: BuiltFrom) => imagesOf(db, { ...key, ...from }),
  });
}
