/** Recorded histories, as files. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Recorded = z.object({ workflowId: z.string(), history: z.object({ events: z.array(z.unknown()) }) });
export type Recorded = z.infer<typeof Recorded>;

const Begun = z.object({
  workflowExecutionStartedEventAttributes: z.object({ workflowType: z.object({ name: z.string() }) }),
});

export const parseHistory = (text: string): Recorded => Recorded.parse(JSON.parse(text));
export const readHistory = (path: string): Recorded => parseHistory(readFileSync(path, 'utf8'));

/** The kind of workflow. */
export const typeOf = ({ history }: Recorded): string =>
  Begun.parse(history.events[0]).workflowExecutionStartedEventAttributes.workflowType.name;

/** Every kind of workflow that a worker serves, by the text of its list of workflows. */
export const servedTypes = (index: string): readonly string[] =>
  [...index.matchAll(/^export \{ (\w+) \}/gm)].flatMap(([, type]) => type ?? []);
