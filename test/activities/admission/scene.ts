/** A repository on the GitHub stand-in, the real reader in front of it, a real store behind. */
import { hostQueue } from '../../../contracts/core/queues.ts';
import type { ImageLookup } from '../../../activities/admission/catalogue.port.ts';
import { createDeliveryActivities } from '../../../activities/admission/admission.activities.ts';
import { createCommitCheckActivities } from '../../../activities/admission/validate-commit.ts';
import { createInstallations } from '../../../activities/github/installations.ts';
import { createPeople } from '../../../activities/github/permissions.ts';
import { createGitHubSource } from '../../../activities/github/source.ts';
import { createGitReader } from '../../../activities/source/git-reader.ts';
import type { Trigger, WantedImage } from '../../../contracts/admission/delivery.ts';
import type { CommitToCheck } from '../../../contracts/inbox/events/commit-to-check.ts';
import type { ReadLandfallYaml } from '../../../contracts/config/landfall-yaml.ts';
import { createCatalogue } from '../../../store/queries/catalogue.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { asActivity, startScene } from '../github/scene.ts';
import { fromOne } from '../../support/clock.ts';

export const CI = '.github/workflows/ci.yml';
export const ACTOR = { kind: 'github', name: 'octocat' } as const;

/** Two services; `main` deploys both to staging and web to production, `next` deploys web to preview. */
export const FILE = `
version: 1
project: shop
services:
  web: { run: { port: 8080 } }
  api: { root: api }
environments:
  staging: { target: { podman: { hosts: [one], publish: { web: 20080, api: 20081 } } } }
  production: { production: true, target: { podman: { hosts: [one, two], publish: { web: 30080 } } } }
  preview: { branch: next, target: { podman: { hosts: [one], publish: { web: 40080 } } } }
  manual: { autoDeploy: false, target: { podman: { hosts: [one], publish: { web: 50080 } } } }
`;

/** The answers of a registry without images. */
const EMPTY_REGISTRY: ImageLookup = {
  imageExists: async () => false,
  findImage: async () => undefined,
  revisionOf: async () => undefined,
  tagImage: async () => undefined,
};

type RequestOptions = Partial<Extract<Trigger, { kind: 'request' }>>;
type Deploy = Partial<Omit<Extract<Trigger, { kind: 'image' }>, 'image'>> & { readonly image: Partial<WantedImage> };

/** Call it once, at the top of the file. */
export async function startDeliveryScene({
  registry,
  readYaml,
  absentHosts,
}: {
  readonly registry?: Partial<ImageLookup>;
  readonly readYaml?: ReadLandfallYaml;
  readonly absentHosts?: readonly string[];
} = {}) {
  const scene = await startScene();
  const { db } = await openTestStore();
  const catalogue = createCatalogue(db, fromOne);
  const source = {
    namesOf: catalogue.namesOf,
    gitHub: createGitHubSource(scene.client),
    git: createGitReader(),
    ...(readYaml && { readYaml }),
  };
  const deps = {
    catalogue,
    source,
    installations: createInstallations({ apiUrl: scene.credentials.apiUrl, app: scene.app, broker: scene.broker }),
    teamSize: createPeople(scene.client).teamSize,
    ...(absentHosts && {
      unservedQueues: async (queues: readonly string[]) =>
        queues.filter((queue) => absentHosts.some((host) => queue === hostQueue(host))),
    }),
    ...(registry && { registry: { ...EMPTY_REGISTRY, ...registry } }),
  };
  const activities = createDeliveryActivities(deps);
  const checks = createCommitCheckActivities(deps);
  let requests = 0;

  const admit = (trigger: Trigger) => asActivity(() => activities.admit(trigger));
  /** A CI system's request, to be run as an activity. */
  const deployment =
    ({ image, ...more }: Deploy) =>
    () =>
      activities.admit({
        kind: 'image',
        requestKey: `deploy-${(requests += 1)}`,
        project: 'shop',
        service: 'web',
        environment: null,
        image: { commit: null, tag: null, digest: null, ...image },
        actor: { kind: 'ci', name: 'actions' },
        ...more,
      });

  const requested = (more: RequestOptions): Trigger => ({
    kind: 'request',
    requestKey: `request-${(requests += 1)}`,
    project: 'shop',
    service: 'web',
    environment: null,
    ref: null,
    actor: { kind: 'token', name: 'ci' },
    ...more,
  });

  return {
    ...scene,
    db,
    catalogue,
    admit,
    rules: activities.readRules,
    push: (branch: string, more: Partial<Extract<Trigger, { kind: 'push' }>> = {}) =>
      admit({
        kind: 'push',
        requestKey: `push-${(requests += 1)}`,
        repositoryId: scene.origin.repositoryId,
        repository: scene.origin.repository,
        installationId: scene.origin.installationId,
        branch,
        actor: ACTOR,
        ...more,
      }),
    /** The CI workflow `CI` has ended on a commit. */
    ended: (commit: string, more: Partial<Extract<Trigger, { kind: 'ci' }>> = {}) =>
      admit({
        kind: 'ci',
        requestKey: `ci-${(requests += 1)}`,
        repositoryId: scene.origin.repositoryId,
        repository: scene.origin.repository,
        installationId: scene.origin.installationId,
        headRepositoryId: scene.origin.repositoryId,
        event: 'push',
        workflow: CI,
        branch: 'main',
        commit,
        conclusion: 'success',
        actor: ACTOR,
        ...more,
      }),
    request: (more: RequestOptions = {}) => admit(requested(more)),
    /** The plan for the same request. */
    plan: (more: RequestOptions = {}) => asActivity(() => activities.plan(requested(more))),
    validate: (commit: string, more: Partial<CommitToCheck> = {}) =>
      asActivity(() =>
        checks.validateCommit({
          kind: 'commit-check',
          requestKey: `check-${(requests += 1)}`,
          repositoryId: scene.origin.repositoryId,
          repository: scene.origin.repository,
          installationId: scene.origin.installationId,
          branch: 'main',
          commit,
          actor: ACTOR,
          ...more,
        }),
      ),
    deployment,
    deploy: (more: Deploy) => asActivity(deployment(more)),
    /** Commits and pushes what is given, on top of what was there. */
    async land(files: Readonly<Record<string, string | null>>, { message = 'Change', ref = 'main' } = {}) {
      const commit = await scene.work.commit(files, message);
      await scene.work.push({ ref, force: true });
      return commit;
    },
  };
}
