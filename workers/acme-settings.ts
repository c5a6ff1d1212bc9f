/** The settings of certificates by ACME. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';
import type { AcmeSettings } from '../activities/certificates/certificates.activities.ts';
import { Secret } from '../contracts/core/secret.ts';
import { flag } from './settings.ts';

/** Let's Encrypt, for certificates that browsers trust. */
const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';

/** `9.9.9.9, [2620:fe::fe]:53`: what Node's resolver takes. */
const resolvers = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .refine((all) => all.every(isResolver), {
    error: 'use addresses of DNS servers, separated by commas, such as 9.9.9.9 or 127.0.0.1:5353',
  });

function isResolver(text: string): boolean {
  const [, address = '', port] = /^\[?([0-9a-fA-F:.]+?)\]?(?::(\d{1,5}))?$/.exec(text) ?? [];
  return isIP(text) !== 0 || (isIP(address) !== 0 && port !== undefined);
}

export const acmeFields = {
  LANDFALL_ACME_AGREE: flag
    .default(false)
    .describe('Certificates by ACME, whose authority has terms of service: true says that you agree to them.'),
  LANDFALL_ACME_EMAIL: z.email().optional().describe('The address that the authority writes to.'),
  LANDFALL_ACME_DIRECTORY: z
    .url({ protocol: /^https$/ })
    .default(LETS_ENCRYPT)
    .describe("The authority's directory. Default: Let's Encrypt."),
  LANDFALL_ACME_CA_FILE: z.string().optional().describe("PEM: the root of a private authority's own address."),
  LANDFALL_ACME_EAB_KEY_ID: z.string().optional().describe('Of an account that was made by hand at the authority.'),
  LANDFALL_ACME_EAB_KEY_FILE: z.string().optional().describe('The key that belongs to it, in base64url.'),
  LANDFALL_ACME_RESOLVERS: resolvers.optional().describe('DNS servers that are asked for names, such as 9.9.9.9.'),
  LANDFALL_ACME_HTTP_PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_535)
    .default(80)
    .describe('The port at which the authority asks: 80, but for a private one.'),
  LANDFALL_ACME_CHECK: flag
    .default(true)
    .describe('false: names are not tried from here before the authority is asked.'),
} as const;

type Set = z.infer<z.ZodObject<typeof acmeFields>>;

/**
 * @returns `null` while the terms are not agreed to
 * @throws Error that says what is missing, or which file cannot be read
 */
export function acmeSettings(set: Set): AcmeSettings | null {
  const { LANDFALL_ACME_EMAIL: email, LANDFALL_ACME_CA_FILE: rootsFile, LANDFALL_ACME_RESOLVERS: servers } = set;
  const { LANDFALL_ACME_EAB_KEY_ID: keyId, LANDFALL_ACME_EAB_KEY_FILE: keyFile } = set;
  if ((keyId === undefined) !== (keyFile === undefined)) {
    throw wrong('LANDFALL_ACME_EAB_KEY_ID and LANDFALL_ACME_EAB_KEY_FILE belong together: set both, or neither.');
  }
  if (!set.LANDFALL_ACME_AGREE) {
    if (email === undefined && keyId === undefined && set.LANDFALL_ACME_DIRECTORY === LETS_ENCRYPT) return null;
    throw wrong(
      `certificates by ACME are set up, and the terms of ${new URL(set.LANDFALL_ACME_DIRECTORY).host} are not agreed to: set LANDFALL_ACME_AGREE=true once you have read them.`,
    );
  }
  return {
    authority: {
      directory: set.LANDFALL_ACME_DIRECTORY,
      ...(rootsFile !== undefined && { roots: read('LANDFALL_ACME_CA_FILE', rootsFile) }),
      ...(keyId !== undefined &&
        keyFile !== undefined && {
          binding: { keyId, key: new Secret(read('LANDFALL_ACME_EAB_KEY_FILE', keyFile).trim()) },
        }),
    },
    ...(email !== undefined && { email }),
    reach: set.LANDFALL_ACME_CHECK
      ? { port: set.LANDFALL_ACME_HTTP_PORT, ...(servers && { resolvers: servers }) }
      : null,
  };
}

function read(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw wrong(`${name}: could not read ${path}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}.`);
  }
}

const wrong = (why: string): Error => new Error(`Landfall cannot start: ${why}`);
