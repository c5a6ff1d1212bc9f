import { createRoute, z } from '@hono/zod-openapi';
import { ValidateResult } from '../../contracts/http/api.ts';
import { readLandfallYaml, type YamlProblem, type ReadResult } from '../../contracts/config/landfall-yaml.ts';
import { landfallYamlJsonSchema } from '../../contracts/config/landfall-schema.ts';
import { outsideWarnings } from '../../contracts/config/outside-warnings.ts';
import { keptAs } from '../../store/queries/kept-name.ts';
import { namesIn } from '../../store/queries/names.ts';
import { portsOfOthers } from '../../store/queries/ports.ts';
import { routesOfOthers } from '../../store/queries/routes.ts';
import { Name, createRouter, json, type RouteDeps } from './router.ts';

const validate = createRoute({
  method: 'post',
  path: '/validate',
  summary: 'Check the text of a landfall.yaml, also against the hosts, ports and names that there are',
  request: {
    /**
     * The project, for a file that names none: without it, the ports and names of other projects cannot be told from one's own.
     */
    query: z.object({ project: Name.optional() }),
    body: {
      required: true,
      content: { 'text/plain': { schema: z.string() }, 'application/yaml': { schema: z.string() } },
    },
  },
  responses: { 200: json(ValidateResult, 'The mistakes, with line and column') },
});

const schema = createRoute({
  method: 'get',
  path: '/schema/landfall.json',
  summary: 'The JSON Schema of landfall.yaml, for editors',
  security: [],
  responses: { 200: json(z.record(z.string(), z.unknown()), 'JSON Schema, draft 2020-12') },
});

/** Mounted at `/api`. */
export function validateRoutes({
  store,
  temporal,
  readYaml = async (text, names) => readLandfallYaml(text, { ...(names && { names }) }),
}: RouteDeps) {
  /** Reads the file as a push of it is read: in the names under which everything is kept. */
  async function readKept(text: string, asked: string | undefined) {
    const read = await readYaml(text);
    const called = asked ?? (read.ok ? read.value.project : undefined);
    if (!read.ok || called === undefined) return { read, project: undefined };
    const { project } = await keptAs(store.db, { project: called });
    const names = await namesIn(store.db, [project]);
    return { read: names.length === 0 ? read : await readYaml(text, names), project };
  }

  async function warningsOf(
    { warnings, mentions }: Extract<ReadResult, { ok: true }>,
    project: string | undefined,
  ): Promise<readonly YamlProblem[]> {
    const queues = mentions.flatMap((one) => (one.kind === 'place' ? [one.place.queue] : []));
    const [unservedQueues, taken, takenRoutes] = await Promise.all([
      temporal.unservedQueues(queues),
      project === undefined ? [] : portsOfOthers(store.db, project),
      project === undefined ? [] : routesOfOthers(store.db, project),
    ]);
    return [...warnings, ...outsideWarnings(mentions, { unservedQueues, taken, takenRoutes })];
  }

  return createRouter()
    .openapi(validate, async (c) => {
      const { read, project } = await readKept(await c.req.text(), c.req.valid('query').project);
      if (!read.ok) return c.json({ valid: false, problems: [...read.problems] }, 200);
      const warnings = await warningsOf(read, project);
      return c.json({ valid: true, problems: [], ...(warnings.length > 0 && { warnings: [...warnings] }) }, 200);
    })
    .openapi(schema, (c) => c.json(z.record(z.string(), z.unknown()).parse(landfallYamlJsonSchema()), 200));
}
