import { parseLossless } from '../../../contracts/core/lossless-json.ts';
import type { GitHubId } from '../../../contracts/core/github-id.ts';
import { wire } from '../wire.ts';
import { type Needs, mintToken, permits } from '../auth.ts';
import { GitHubError } from '../errors.ts';
import { app, user } from '../payloads.ts';
import {
  type Delivery,
  type Installation,
  type Permissions,
  type State,
  findRepository,
  installationOf,
  timestamp,
} from '../state.ts';
import type { Webhooks } from '../webhooks.ts';
import type { Models } from './operation.ts';
import { page } from './page.ts';

const APP: Needs = 'app';

export const apps = (webhooks: Webhooks): Models => ({
  'apps/get-authenticated': {
    needs: APP,
    answer: ({ state }) => ({ status: 200, body: app(state) }),
  },

  'apps/list-installations': {
    needs: APP,
    answer: ({ state, query }) => {
      const { items, headers } = page([...state.installations.values()], query, `${state.url}/app/installations`);
      return { status: 200, headers, body: items.map((each) => installationPayload(state, each)) };
    },
  },

  'apps/get-installation': {
    needs: APP,
    answer: ({ state, params }) => ({
      status: 200,
      body: installationPayload(state, installationById(state, params.installation_id)),
    }),
  },

  'apps/get-repo-installation': {
    needs: APP,
    answer: ({ state, params }) => {
      const repository = findRepository(state, params.owner, params.repo)?.repository;
      const installation = repository && installationOf(state, repository);
      if (!installation) throw new GitHubError(404, 'Not Found');
      return { status: 200, body: installationPayload(state, installation) };
    },
  },

  'apps/create-installation-access-token': {
    needs: APP,
    answer: ({ state, params, body }) => {
      const installation = installationById(state, params.installation_id);
      if (installation.suspended) throw new GitHubError(403, 'This installation has been suspended');
      const asked = (body?.permissions ?? installation.permissions) as Permissions;
      for (const wanted of Object.entries(asked)) {
        if (!permits(installation.permissions, wanted)) {
          throw new GitHubError(422, 'The permissions requested are not granted to this installation.');
        }
      }
      const theirs = [...state.repositories.values()].filter((each) => installationOf(state, each) === installation);
      const chosen = theirs.filter(
        ({ id, name }) => body?.repository_ids?.map(String).includes(id) ?? body?.repositories?.includes(name),
      );
      const wanted = body?.repository_ids ?? body?.repositories;
      if (wanted && chosen.length !== wanted.length) {
        throw new GitHubError(
          422,
          'There is at least one repository that does not exist or is not accessible to the parent installation.',
        );
      }
      // Every token may read metadata; requests do not name it.
      const permissions: Permissions = { ...asked, metadata: 'read' };
      const token = mintToken(state, installation, permissions, wanted ? chosen.map(({ id }) => id) : null);
      return {
        status: 201,
        body: {
          token: token.value,
          expires_at: timestamp(token.expiresAt),
          permissions,
          repository_selection: wanted ? 'selected' : 'all',
        },
      };
    },
  },

  'apps/list-webhook-deliveries': {
    needs: APP,
    answer: ({ state, query }) => {
      const limit = query.per_page ?? 30;
      const newestFirst = [...state.deliveries].reverse();
      const start = query.cursor === undefined ? 0 : newestFirst.findIndex(({ id }) => id === query.cursor);
      const shown = newestFirst.slice(start, start + limit);
      const following = newestFirst[start + limit];
      const link = `<${state.url}/app/hook/deliveries?per_page=${limit}&cursor=${following?.id ?? ''}>; rel="next"`;
      return { status: 200, ...(following && { headers: { link } }), body: shown.map(deliveryItem) };
    },
  },

  'apps/get-webhook-delivery': {
    needs: APP,
    answer: ({ state, params }) => {
      const delivery = deliveryById(state, params.delivery_id);
      const { request, response } = delivery;
      const body = {
        ...deliveryItem(delivery),
        url: state.webhook?.url ?? '',
        request: { headers: request.headers, payload: parseLossless(request.body) as Record<string, unknown> },
        response: { headers: response?.headers ?? null, payload: response?.body ?? null },
      };
      return { status: 200, body };
    },
  },

  'apps/redeliver-webhook-delivery': {
    needs: APP,
    answer: ({ state, params }) => {
      void webhooks.redeliver(deliveryById(state, params.delivery_id));
      return { status: 202, body: {} };
    },
  },
});

function installationById(state: State, id: GitHubId): Installation {
  const installation = state.installations.get(id);
  if (!installation) throw new GitHubError(404, 'Not Found');
  return installation;
}

function deliveryById(state: State, id: GitHubId): Delivery {
  const delivery = state.deliveries.find((each) => each.id === id);
  if (!delivery) throw new GitHubError(404, 'Not Found');
  return delivery;
}

export function installationPayload(state: State, { id, account, permissions, suspended }: Installation) {
  const theirs = [...state.repositories.values()].filter(({ owner }) => owner === account);
  return {
    id: wire(id),
    account: user(state, account),
    access_tokens_url: `${state.url}/app/installations/${id}/access_tokens`,
    repositories_url: `${state.url}/installation/repositories`,
    html_url: `${state.url}/organizations/${account}/settings/installations/${id}`,
    app_id: state.appId,
    app_slug: state.appSlug,
    target_id: wire(id),
    target_type: 'Organization',
    permissions,
    events: ['push'],
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    single_file_name: null,
    repository_selection: theirs.every(({ installed }) => installed) ? ('all' as const) : ('selected' as const),
    suspended_by: suspended ? user(state, 'octocat') : null,
    suspended_at: suspended ? '2026-01-02T00:00:00Z' : null,
  };
}

const deliveryItem = (delivery: Delivery) => ({
  id: wire(delivery.id),
  guid: delivery.guid,
  delivered_at: timestamp(delivery.deliveredAt),
  redelivery: delivery.redelivery,
  duration: delivery.duration,
  status: delivery.status,
  status_code: delivery.statusCode,
  event: delivery.event,
  action: delivery.action,
  installation_id: delivery.installationId === null ? null : wire(delivery.installationId),
  repository_id: delivery.repositoryId === null ? null : wire(delivery.repositoryId),
  throttled_at: null,
});
