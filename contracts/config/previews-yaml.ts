/** `previews` of landfall.yaml: where pull requests are shown, for how long, to how many, and for whom without a request. */
import { z } from 'zod';
import { PreviewTargetFields } from './targets/targets.ts';
import { duration } from './yaml-fields.ts';

const FORKS = ['ask', 'refuse'] as const;

/** GitHub's own limits: 50 characters of a label, 39 of a login and the `[bot]` of a program's. */
const label = z.string().regex(/^[^\p{Cc},]{1,50}$/u, "use a label's name as GitHub shows it");
const login = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})(?:\[bot\])?$/, 'use a GitHub login');

const Automatic = z
  .strictObject({
    labels: z.array(label).max(20).default([]).describe('Pull requests with one of these labels.'),
    authors: z.array(login).max(100).default([]).describe('Pull requests of these people.'),
  })
  .prefault({})
  .describe('Pull requests that get a preview without a request. Default: none.');

const Limits = z
  .strictObject({
    repository: z.int().min(1).max(1_000).default(5).describe('Previews of the repository at once.'),
    person: z.int().min(1).max(1_000).default(2).describe('Of those, for one person.'),
  })
  .prefault({})
  .describe('More wait in line.');

export const Previews = z
  .strictObject({
    target: PreviewTargetFields,
    ttl: duration('5m', '14d').default('30m').describe('A preview ends after this time without a push.'),
    extendMax: duration('5m', '14d').default('24h').describe('The most time that a person can give it from now on.'),
    automatic: Automatic,
    limits: Limits,
    forks: z
      .enum(FORKS)
      .default('ask')
      .describe('ask: the very commit of a fork that a person with write permission names. refuse: none.'),
  })
  .describe('Environments for pull requests, which end by themselves.');
export type PreviewsOfFile = z.infer<typeof Previews>;
