import type { GitHubId } from '../core/github-id.ts';
import type { Actor } from '../core/actor.ts';
import type { Decision } from './decision.ts';
import type { EnvironmentStanding } from '../deployment/deployment.ts';

/**
 * The cause of a possible release. An event says "look here", never "this is the state": the branch's head is read
 * again, because deliveries are unordered and some never come.
 */
export type Trigger =
  | {
      readonly kind: 'push';
      readonly requestKey: string;
      readonly repositoryId: GitHubId;
      readonly repository: string;
      readonly installationId: GitHubId | null;
      /** Without `refs/heads/`. */
      readonly branch: string;
      /** The commit that {@link actor} pushed; by now the head may be another person's. */
      readonly commit?: string;
      readonly actor: Actor;
    }
  | {
      /** A CI workflow has ended. */
      readonly kind: 'ci';
      readonly requestKey: string;
      readonly repositoryId: GitHubId;
      readonly repository: string;
      readonly installationId: GitHubId | null;
      /** The repository of the commit that it ran on: another one for a pull request from a fork. */
      readonly headRepositoryId: GitHubId | null;
      /** The event that started it: `push`, `pull_request`, … */
      readonly event: string;
      /** `.github/workflows/ci.yml` */
      readonly workflow: string;
      readonly branch: string;
      readonly commit: string;
      /** `success`, `failure`, … */
      readonly conclusion: string;
      /** The run of GitHub Actions, and its end in milliseconds since the epoch. */
      readonly run?: { readonly id: GitHubId; readonly endedAt: number };
      readonly actor: Actor;
    }
  | {
      /** A request of a person or a CI system. */
      readonly kind: 'request';
      readonly requestKey: string;
      readonly project: string;
      readonly service: string;
      /** `null`: every environment that the branch deploys to. */
      readonly environment: string | null;
      /** A branch, or a full commit id. `null`: the service's own branch. */
      readonly ref: string | null;
      /** A git tag, in place of a branch or commit. */
      readonly tag?: string;
      readonly actor: Actor;
    }
  | {
      /** A CI system has pushed an image to our registry and asks for it to run. Nothing is built. */
      readonly kind: 'image';
      readonly requestKey: string;
      readonly project: string;
      readonly service: string;
      /** `null`: the only environment that runs the service. */
      readonly environment: string | null;
      readonly image: WantedImage;
      readonly actor: Actor;
    }
  | {
      /** A person wants back what ran before. */
      readonly kind: 'rollback';
      readonly requestKey: string;
      readonly project: string;
      readonly service: string;
      readonly environment: string;
      /** A deployment that was live there. `null`: the one before what is live now. */
      readonly to: string | null;
      /** The deployment that it takes back, where the environment itself has named it. */
      readonly from?: string;
      readonly actor: Actor;
      readonly standings?: Standings;
    }
  | {
      /** The workflow of a release was lost: the same is released again while its commit is the branch's head. */
      readonly kind: 'again';
      readonly requestKey: string;
      readonly releaseId: string;
      readonly actor: Actor;
    }
  | {
      /** A person takes what is live in one environment to the next: the same image. */
      readonly kind: 'promote';
      readonly requestKey: string;
      readonly project: string;
      readonly service: string;
      /** Its destination; it comes from the one before that in landfall.yaml. */
      readonly environment: string;
      readonly actor: Actor;
      readonly standings?: Standings;
    };

/** Environment → its own answer, if it was queried: the store learns of it later. */
export type Standings = Readonly<Record<string, EnvironmentStanding>>;

/** At least one of them is given. What is given has to fit together. */
export interface WantedImage {
  /** Full commit id. `null`: whichever commit Landfall built the digest from. */
  readonly commit: string | null;
  /** `null`: the commit id, which is how images are tagged (requirements, B7). */
  readonly tag: string | null;
  /** `null`: whatever the tag stands for when it is looked at. */
  readonly digest: string | null;
}

/** The outcome of a trigger, service by service. */
export interface DeliveryResult {
  readonly released: readonly string[];
  /** Reasons why nothing (more) was released, in words a person understands. */
  readonly skipped: readonly string[];
  /** The same for programs, for each service and environment. */
  readonly decisions: readonly Decision[];
}
