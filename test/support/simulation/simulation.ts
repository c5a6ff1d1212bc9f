/** Everything outside of Temporal, in memory: hosts, build hosts, GitHub, the store, one repository. */
import { createProveActivities } from '../../../activities/targets/prove.activities.ts';
import { BUILDS_QUEUE, CONTROL_QUEUE, buildQueue, hostQueue } from '../../../contracts/core/queues.ts';
import { createSimulatedAdmission } from './admission.ts';
import type { SimulatedAdmission } from './admission.ts';
import { createSimulatedCertificates } from './certificates.ts';
import type { SimulatedCertificates } from './certificates.ts';
import { createSimulatedBuilder, createSimulatedClaim } from './builder.ts';
import type { SimulatedBuilder } from './builder.ts';
import { createSimulatedEnvironments } from './environments.ts';
import type { SimulatedEnvironments } from './environments.ts';
import { createSimulatedEvents } from './events.ts';
import type { SimulatedEvents } from './events.ts';
import { createFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import { createSimulatedGitHub } from './github.ts';
import type { SimulatedGitHub } from './github.ts';
import { createSimulatedHost } from './host.ts';
import type { SimulatedHost } from './host.ts';
import { createSimulatedPeople } from './people.ts';
import type { SimulatedPeople } from './people.ts';
import { createSimulatedPreviews } from './previews.ts';
import type { SimulatedPreviews } from './previews.ts';
import { createSimulatedRecords } from './records.ts';
import type { SimulatedRecords } from './records.ts';

export interface Simulation {
  readonly hosts: ReadonlyMap<string, SimulatedHost>;
  readonly builders: ReadonlyMap<string, SimulatedBuilder>;
  readonly gitHub: SimulatedGitHub;
  readonly people: SimulatedPeople;
  readonly records: SimulatedRecords;
  readonly events: SimulatedEvents;
  readonly repository: SimulatedAdmission;
  readonly environments: SimulatedEnvironments;
  readonly certificates: SimulatedCertificates;
  readonly previews: SimulatedPreviews;
  readonly faults: Faults;
  /** The activities that workers must offer, and their task queues. */
  readonly services: readonly SimulatedService[];
}

/** The activities of one task queue. */
export interface SimulatedService {
  /** A host, a build host, `builds` (claims) or `control`: what {@link Faults} call a place. */
  readonly place: string;
  readonly taskQueue: string;
  readonly activities: object;
}

interface SimulationOptions {
  readonly hosts?: readonly string[];
  readonly builders?: readonly string[];
  /** Control activities in place of the simulated ones of the same names. */
  readonly control?: object;
}

export function createSimulation({ hosts = [], builders = [], control: own = {} }: SimulationOptions): Simulation {
  const faults = createFaults();
  const gitHub = createSimulatedGitHub();
  const records = createSimulatedRecords();
  const people = createSimulatedPeople(records);
  const events = createSimulatedEvents();
  const repository = createSimulatedAdmission();
  const environments = createSimulatedEnvironments();
  const certificates = createSimulatedCertificates();
  const previews = createSimulatedPreviews();
  const hostMap = new Map(hosts.map((name) => [name, createSimulatedHost(name)]));
  const builderMap = new Map(builders.map((name) => [name, createSimulatedBuilder(name)]));

  const service = (place: string, taskQueue: string, activities: object): SimulatedService => ({
    place,
    taskQueue,
    activities: faults.around(place, activities),
  });
  const control = {
    ...repository.activities,
    ...environments.activities,
    ...gitHub.activities,
    ...records.activities,
    ...people.activities,
    ...previews.activities,
    admit: previews.admitting(repository.activities.admit, hosts),
    ...events.activities,
    ...certificates.activities,
    ...own,
  };

  return {
    hosts: hostMap,
    builders: builderMap,
    gitHub,
    people,
    records,
    events,
    repository,
    environments,
    certificates,
    previews,
    faults,
    services: [
      service('control', CONTROL_QUEUE, control),
      ...[...hostMap.values()].map(({ name, activities }) =>
        service(name, hostQueue(name), { ...activities, ...createProveActivities(activities) }),
      ),
      ...(builders.length > 0 ? [service('builds', BUILDS_QUEUE, createSimulatedClaim([...builderMap.values()]))] : []),
      ...[...builderMap.values()].map(({ name, activities }) => service(name, buildQueue(name), activities)),
    ],
  };
}
