import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnv } from '../deps.ts';
import { problem } from './router.ts';

/** Answers that any operation may give before its own code runs: described once, in place of in each of them. */
const OF_ALL = {
  400: problem('Not a request that can be read'),
  405: problem('Not with this method'),
  422: problem('Not as described'),
  503: problem('The database or Temporal does not answer; try again'),
};
const OF_CLOSED = {
  401: problem('No access token that is known here'),
  403: problem('Not for this token, or sent by another site'),
};

/** Adds to the description of every operation how it refuses, where it does not say so itself. */
export function describeRefusals({ definitions }: OpenAPIHono<ApiEnv>['openAPIRegistry']): void {
  for (const definition of definitions) {
    if (definition.type !== 'route') continue;
    const { route } = definition;
    const isOpen = route.security?.length === 0;
    route.responses = { ...OF_ALL, ...(!isOpen && OF_CLOSED), ...route.responses };
  }
}
