/** The API in front of real workflows, with a real store behind both; hosts and GitHub are simulated. */
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import { createTellActivities } from '../../../activities/records/tell.ts';
import type { DeliveryActivities } from '../../../activities/admission/admission.port.ts';
import type { ApiDeps } from '../../../api/deps.ts';
import { createTemporalGateway } from '../../../api/temporal/gateway.ts';
import type { Trigger } from '../../../contracts/admission/delivery.ts';
import { DeployAnswer, DeployProblem } from '../../../contracts/http/deploy.ts';
import { failure } from '../../../contracts/core/failures.ts';
import { createCatalogue } from '../../../store/queries/catalogue.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { digestOf, environmentSettings, releaseDraft, serviceSettings } from '../../support/simulation/fixtures.ts';
import { startWorld } from '../../workflows/world.ts';
import { NO_TEMPORAL, startApi } from '../harness.ts';
import { KEY, seedService } from '../seed.ts';
import { asked, type Asking } from './asking.ts';
import { fromOne } from '../../support/clock.ts';

type ImageTrigger = Extract<Trigger, { kind: 'image' }>;

const ENVIRONMENT = 'production';
export const commitOf = (content: string): string => releaseDraft({ key: KEY, content, environments: [] }).commit;

export async function startDeployStage(overrides: Partial<ApiDeps> = {}) {
  const store = await openTestStore();
  await seedService(store);
  const catalogue = createCatalogue(store.db, fromOne);
  const missing = new Set<string>();
  const contents = new Map<string, string>();

  /** Decides like activities/admission/image.ts, without a repository and a registry. */
  async function admitImage({ requestKey, image, actor }: ImageTrigger) {
    const before = await catalogue.admitted(requestKey);
    if (before.length > 0) return { releases: before, skipped: [], decisions: [] };
    const commit = image.commit ?? '';
    if (missing.has(commit)) throw failure('ImageNotFound', `The registry has no image shop/web:${commit}.`);
    const content = contents.get(commit) ?? commit;
    const environment = environmentSettings(ENVIRONMENT, ['host-a']);
    const draft = {
      ...releaseDraft({ key: KEY, content, environments: [environment] }),
      origin: ORIGIN,
      actor,
      byName: true,
      // One attempt: what is unhealthy is so at once.
      settings: { ...serviceSettings, health: { ...serviceSettings.health, attempts: 1 } },
      image: { image: `registry.test/shop/web@${digestOf(content)}`, digest: digestOf(content), builder: 'ci' },
    };
    const services = [
      {
        service: KEY.service,
        branch: 'main',
        settings: null,
        environments: [{ settings: environment, branch: 'main', autoDeploy: false }],
      },
    ];
    const answer = await catalogue.admit({
      requestKey,
      project: KEY.project,
      source: { origin: ORIGIN },
      services,
      drafts: [draft],
      expected: {},
      onlyNew: false,
    });
    if (answer.kind !== 'admitted') throw failure('Internal', `not admitted: ${answer.kind}`);
    return { releases: answer.releases, skipped: [], decisions: [] };
  }
  const delivery: Pick<DeliveryActivities, 'admit'> = {
    admit: async (trigger) => {
      if (trigger.kind !== 'image') throw failure('Internal', 'only images are asked for here');
      return admitImage(trigger);
    },
  };
  const records = createTellActivities(createRecordActivities({ db: store.db }));
  const world = await startWorld({ hosts: ['host-a'], control: { ...delivery, ...records } });
  const api = await startApi({
    address: NO_TEMPORAL,
    store,
    temporal: createTemporalGateway(world.client),
    ...overrides,
  });

  const send = async (asking: Asking): Promise<Response> => api.app.request('/deploy', asked(asking), {});
  return {
    world,
    api,
    store,
    /** Commits whose image has not been pushed. */
    missing,
    /** The request's body for the commit of this content. */
    body: (content: string, more: object = {}) => {
      const commit = commitOf(content);
      contents.set(commit, content);
      return { image_sha: commit, service: 'web', environment: ENVIRONMENT, ...more };
    },
    send,
    /** The parsed answer, whichever it is. */
    deploy: async (asking: Asking) => readAnswer(await send(asking)),
    running: () => world.hosts.get('host-a')?.serving({ ...KEY, environment: ENVIRONMENT }),
  };
}

const ORIGIN = { kind: 'git', cloneUrl: 'https://git.test/acme/shop.git' } as const;

export async function readAnswer(response: Response) {
  const body: unknown = await response.json();
  const answer = response.status < 400 ? DeployAnswer.parse(body) : DeployProblem.parse(body);
  return { ...answer, status: response.status };
}
