import { createHash } from 'node:crypto';

/** Digits of SHA-256, in hexadecimal. */
export const shortHash = (text: string, digits: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, digits);
