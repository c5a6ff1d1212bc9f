/** A kind of target, as a process that serves places knows it. What the kind is to landfall.yaml: contracts/config/targets/. */
import type { ExaminedPlace } from '../../contracts/config/examined-place.ts';
import type { ClusterSettings } from '../../contracts/config/cluster.ts';
import type { HostSettings } from '../../contracts/config/host.ts';
import type { PlaceRef } from '../../contracts/config/service.ts';
import type { PageActivities } from '../../contracts/deployment/maintenance.ts';
import type { TargetActivities } from '../../contracts/deployment/target.ts';
import type { LogSink } from '../logs/log-sink.port.ts';
import type { RegistrySettings } from '../registry/client.ts';
import type { ReplicaActivities } from '../watch/watch.port.ts';
import type { PlaceCertificateActivities } from '../certificates/certificates.port.ts';
import type { CertificateSource } from './certificates.port.ts';
import type { VariableSource } from './variables.port.ts';

/** The same for every kind. */
export interface PlaceDeps {
  /** Machines that this process serves. */
  readonly hosts: readonly HostSettings[];
  /** Clusters that this process serves. */
  readonly clusters: readonly ClusterSettings[];
  /** The source of images. */
  readonly registry: RegistrySettings;
  readonly logs: LogSink;
  /** The source of variables and secrets. */
  readonly variables: VariableSource;
  /** The source of certificates by ACME. */
  readonly certificates: CertificateSource;
  /** A place that is served all the same, but not as it is set up. */
  readonly onProblem: (place: string, error: unknown) => void;
}

/** One place, with everything that the workflows ask of it. */
export interface ServedPlace extends PlaceRef {
  readonly activities: TargetActivities & ReplicaActivities & Partial<PlaceCertificateActivities & PageActivities>;
}

/** The engine behind a place. Its name belongs to that one: two engines would each take a part of the place's work. */
export interface PlaceEngine extends PlaceRef {
  /**
   * The same from wherever it is reached.
   * @throws whatever keeps it from being known now
   */
  identity(signal: AbortSignal): Promise<string>;
}

/** One kind. Its folder beside this file has it as `kind.ts`; the registry is targets.ts. */
export interface ServedKind {
  /** The places of this kind that the process serves. Called once, when it starts. */
  serve(deps: PlaceDeps): Promise<readonly ServedPlace[]>;
  /** The engines that no file of this machine tells apart: several processes may serve one of them. */
  engines?(deps: Pick<PlaceDeps, 'clusters'>): readonly PlaceEngine[];
  /** Looks at each place, for people, and changes nothing. Never throws, but for the signal. */
  examine?(deps: Pick<PlaceDeps, 'clusters'>, signal: AbortSignal): Promise<readonly ExaminedPlace[]>;
}
