/** The keys that seal secrets in the store: named in a file, or made once and kept in the data folder. */
import { createSecretKey, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KEY_BYTES, type Keyring, type SecretsKey } from '../store/sealing.ts';

const KEY_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/;

interface SecretsKeysOptions {
  /** One `KEYID:BASE64` a line, newest first. */
  readonly file: string | undefined;
  readonly dataDir: string;
}

/** @throws Error that says which line is wrong, and never what it holds */
export async function readSecretsKeys({ file, dataDir }: SecretsKeysOptions): Promise<Keyring> {
  const path = file ?? (await keptFile(dataDir));
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new Error(`Could not read the keys for secrets from ${path}: ${code}.`);
  });
  return parseSecretsKeys(text, path);
}

/** @param source - the text's name in errors */
export function parseSecretsKeys(text: string, source: string): Keyring {
  const keys: SecretsKey[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const at = line.indexOf(':');
    const id = line.slice(0, Math.max(at, 0));
    const bytes = Buffer.from(line.slice(at + 1).trim(), 'base64');
    if (!KEY_ID.test(id) || bytes.length !== KEY_BYTES) {
      throw new Error(
        `${source}, line ${index + 1}: use KEYID:BASE64 with ${KEY_BYTES} bytes, such as made by: echo "key-1:$(openssl rand -base64 ${KEY_BYTES})"`,
      );
    }
    if (keys.some((key) => key.id === id))
      throw new Error(`${source}, line ${index + 1}: there are two keys named ${id}.`);
    keys.push({ id, key: createSecretKey(bytes) });
  }
  const [first, ...others] = keys;
  if (first) return [first, ...others];
  throw new Error(
    `${source} holds no key for secrets. Add one with: echo "key-1:$(openssl rand -base64 ${KEY_BYTES})"`,
  );
}

/** Made with the first start; without it no secret of this data folder can be read again. */
async function keptFile(dataDir: string): Promise<string> {
  const path = join(dataDir, 'secrets.key');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const line = `local-${randomBytes(4).toString('hex')}:${randomBytes(KEY_BYTES).toString('base64')}\n`;
  // `wx` fails where there is one already, and that one counts.
  await writeFile(path, line, { mode: 0o600, flag: 'wx' }).catch(() => undefined);
  return path;
}
