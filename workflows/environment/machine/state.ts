/**
 * The environment as data: what it knows, and what a step asks of the world. Nothing in this folder imports Temporal,
 * reads a clock or waits, so thousands of stories are played within seconds on the code that runs.
 */
import type { LiveNews } from '../../../contracts/deployment/live-replica.ts';
import type { Telling } from '../../../activities/records/records.port.ts';
import type { Actor } from '../../../contracts/core/actor.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import type {
  DeploymentRequest,
  DeploymentResult,
  EndedDeployment,
  LiveDeployment,
  Repair,
  WaitingRequest,
} from '../../../contracts/deployment/deployment.ts';
import type { PlaceRef } from '../../../contracts/config/service.ts';
import type { DestroyInput, DestroyedEnvironment } from '../../../contracts/deployment/environment.ts';
import type { Maintenance, UnpagedPlace } from '../../../contracts/deployment/maintenance.ts';
import type { Blocks, Destruction } from './blocks.ts';

/** The one deployment that runs. */
export interface Running {
  readonly request: DeploymentRequest;
  readonly version: LiveDeployment;
  /** The deployment that was live when it began. */
  readonly before: LiveDeployment | null;
  /** The reason why it does not go on; `null` while it does. */
  readonly halted: string | null;
}

/** A place that does not answer as it has to. */
export interface Unpaged extends UnpagedPlace {
  /** It never will: what serves there has to change first. */
  readonly isFinal?: true;
}

/** The page that the places of an environment have to learn of. */
export interface Pages {
  /** The number of the change: the highest one counts at a place. */
  readonly change: number;
  /** Those at which a page may stand, as far as they are known. */
  readonly places: readonly PlaceRef[];
  /** False: all of them have heard, or cannot before the next deployment. */
  readonly isDue: boolean;
  readonly unpaged: readonly Unpaged[];
}

/** Plain data. {@link carry} says of every part what becomes of it in a new run. */
export interface State extends Blocks {
  readonly key: EnvironmentKey;
  /** The fence at the target: one more for each deployment that begins. */
  readonly generation: number;
  readonly live: LiveDeployment | null;
  readonly previous: LiveDeployment | null;
  /** The number of the last change of lock, pause or hold: `GatesRecord` in contracts/admission/store-records.ts. */
  readonly change: number;
  readonly maintenance: Maintenance | null;
  /** `null`: no place has a page, or none has to be told. */
  readonly pages: Pages | null;
  /** Resumed in this run: what the store recalls of a pause or hold is older. */
  readonly resumed: boolean;
  readonly running: Running | null;
  /** In the order of arrival. */
  readonly waiting: readonly WaitingRequest[];
  /** The newest ended deployments, so that a request that arrives again is answered and not done again. */
  readonly ended: readonly EndedDeployment[];
  /** Places that may run something else than what is live. */
  readonly repairs: readonly Repair[];
  /** Its end, while it is being destroyed. */
  readonly destruction: Destruction | null;
  /** The end of the environment of this name before: what was released by then does not come back. */
  readonly destroyed: DestroyedEnvironment | null;
  /** Nothing has begun since it was destroyed, or since it began with that knowledge. */
  readonly isOver: boolean;
  /** Requests that arrived before the environment knows what is live; `null`: it knows. */
  readonly early: readonly DeploymentRequest[] | null;
  /** Early requests that were cancelled: by the time they are handled, `ended` may have dropped them. */
  readonly withdrawn: readonly string[];
}

/** A step's request to the world. Effects of one step are carried out in their order, each after the one before. */
export type Effect =
  | { readonly kind: 'answer'; readonly request: WaitingRequest; readonly ending: DeploymentResult }
  | { readonly kind: 'tell'; readonly tellings: readonly Telling[] }
  /** `why`: what it waits for; `undefined`: only those before it. */
  | { readonly kind: 'show-waiting'; readonly request: WaitingRequest; readonly why: string | undefined }
  | {
      readonly kind: 'show-ending';
      readonly request: WaitingRequest;
      readonly ending: DeploymentResult;
      /** The part that GitHub may know: the report while it waited, the one of its deployment, or nothing. */
      readonly known: 'as-waiting' | 'as-begun' | 'not-at-all';
    }
  /** Its number is another deployment's: the store must not hear of it. */
  | { readonly kind: 'show-refusal'; readonly request: WaitingRequest; readonly ending: DeploymentResult }
  | { readonly kind: 'run'; readonly request: DeploymentRequest }
  /** Cancels the deployment that runs, if it is still this one. */
  | { readonly kind: 'stop'; readonly deploymentId: string }
  | { readonly kind: 'ask-for-whole'; readonly request: WaitingRequest }
  | {
      readonly kind: 'order-again';
      readonly request: DeploymentRequest;
      readonly from: LiveDeployment;
      readonly to: LiveDeployment;
    }
  /** Takes everything of the environment away. */
  | { readonly kind: 'destroy'; readonly input: DestroyInput }
  /** The preview that it belongs to hears of its end. `left`: the reason why something of it is left. */
  | { readonly kind: 'tell-follower'; readonly follower: string; readonly by: Actor; readonly left: string | null }
  /** Begins to mend what can be mended of {@link State.repairs}. */
  | { readonly kind: 'mend' }
  /** Begins to bring {@link State.pages} to the places, in place of what was wanted before. */
  | { readonly kind: 'turn-pages' }
  | {
      readonly kind: 'note-issue';
      readonly request: DeploymentRequest;
      readonly ending: DeploymentResult;
      readonly before: LiveDeployment | null;
    }
  /** The live version crashes in a loop, is down, or serves again: people hear of it as they do of failures. */
  | { readonly kind: 'note-news'; readonly news: LiveNews };

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export const unchanged = (state: State): Step => ({ state, effects: [] });

/** One step after another, as one. */
export function andThen(first: Step, next: (state: State) => Step): Step {
  const { state, effects } = next(first.state);
  return { state, effects: [...first.effects, ...effects] };
}
