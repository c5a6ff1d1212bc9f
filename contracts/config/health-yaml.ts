/** `services.*.health` of landfall.yaml. */
import { z } from 'zod';
import type { HealthSettings } from './service.ts';
import { duration, milliseconds as ms } from './yaml-fields.ts';

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const IPV6 = /^\[[0-9a-f:.]{2,45}\]$/i;
const MAX_HOST = 253;
const MAX_PORT = 65_535;
const HOST_ADVICE = 'use a host name such as shop.example.com, with :port where the service looks at it';

/** A name in DNS, with a dot at its end or without, or an address; then a port (RFC 9110, section 7.2). */
function whyNotHost(text: string): string | undefined {
  if (text.includes('/')) return `${HOST_ADVICE}: no address with http:// or a path`;
  if (/[^ -~]/.test(text)) return `${HOST_ADVICE}: in ASCII, so a name with other letters as xn--…`;
  if (text.length > MAX_HOST) return `use a host name of ${MAX_HOST} characters at most`;
  const port = /:(\d{1,6})$/.exec(text)?.[1];
  const name = port === undefined ? text : text.slice(0, -port.length - 1);
  const isName = name
    .replace(/\.$/, '')
    .split('.')
    .every((label) => LABEL.test(label));
  if (!isName && !IPV6.test(name)) return HOST_ADVICE;
  return port !== undefined && (Number(port) < 1 || Number(port) > MAX_PORT) ? 'use a port from 1 to 65535' : undefined;
}

const MAX_EXPECTED = 256;
const EXPECT_ADVICE = `use a text of 1 to ${MAX_EXPECTED} characters on one line, such as ready`;
const isExpectable = (text: string): boolean =>
  text.trim() !== '' && text.length <= MAX_EXPECTED && text.isWellFormed() && !/\p{Cc}/u.test(text);

export const healthFields = {
  kind: z.enum(['http', 'container', 'tcp']).default('http'),
  path: z
    .string()
    .regex(/^\/[!-~]{0,512}$/, 'use an absolute path such as /health')
    .default('/'),
  host: z
    .string()
    .superRefine((text, context) => {
      const message = whyNotHost(text);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .optional()
    .describe("The request's Host header. Default: the address and port of the probe."),
  status: z.int().min(200).max(599).default(200),
  expect: z
    .string()
    .refine(isExpectable, EXPECT_ADVICE)
    .optional()
    .describe("A text that the answer's body must hold, within its first 64 KiB."),
  timeout: duration('100ms', '60s').default('5s').describe("One request's limit."),
  stable: z
    .strictObject({
      for: duration('0s', '10m').default('5s').describe('Every check is good for so long, and its container runs on.'),
      successes: z.int().min(1).max(20).default(3).describe('At least so many checks in a row are good.'),
    })
    .prefault({})
    .describe('Conditions on a version between its first good answer and its first requests.'),
  attempts: z.int().min(1).max(15).default(15),
  firstWait: duration('100ms', '60s').default('1s').describe('Doubles with every attempt.'),
  maxWait: duration('100ms', '60s').default('60s'),
};

type Fields = z.infer<z.ZodObject<typeof healthFields>>;

export function healthSettings(health: Fields): HealthSettings {
  return {
    kind: health.kind,
    path: health.path,
    ...(health.host !== undefined && { host: health.host }),
    status: health.status,
    ...(health.expect !== undefined && { expect: health.expect }),
    timeoutMs: ms(health.timeout),
    stable: { forMs: ms(health.stable.for), successes: health.stable.successes },
    attempts: health.attempts,
    firstWaitMs: ms(health.firstWait),
    maxWaitMs: ms(health.maxWait),
  };
}

/** The settings that can never come true. */
export function healthProblems({ kind, host, expect, firstWait, maxWait }: Fields) {
  const sent = { host, expect };
  return [
    ...(['host', 'expect'] as const)
      .filter((field) => kind !== 'http' && sent[field] !== undefined)
      .map((field) => ({
        path: [field],
        message: `only a check of kind http has it: remove it, or use "kind: http" in place of "kind: ${kind}"`,
      })),
    ...(ms(firstWait) > ms(maxWait)
      ? [{ path: ['firstWait'], message: 'it is longer than "maxWait", which limits it' }]
      : []),
  ];
}
