/** Variables and secrets of an environment: what they may be called, how large they may be, and how a run names them. */
import type { EnvironmentKey } from '../core/keys.ts';
import type { Secret } from '../core/secret.ts';

/** A variable is shown to whoever may look; a secret is never shown again. */
export const VARIABLE_KINDS = ['variable', 'secret'] as const;
export type VariableKind = (typeof VARIABLE_KINDS)[number];

/** Names that a shell and every runtime take; short enough to be a part of the secret's name at an engine. */
export const VARIABLE_NAME = /^[A-Z_][A-Z0-9_]{0,99}$/i;

/** The form of a fingerprint in {@link VariablesOfRun}. */
export const FINGERPRINT = /^[0-9a-f]{8}$/;

/** One environment has at most so many. */
export const MAX_VARIABLES = 200;
/** One value, in bytes of UTF-8. Linux takes 128 KiB for "NAME=value" (execve(2), MAX_ARG_STRLEN); more is a file. */
const MAX_VALUE_BYTES = 32_768;
/**
 * All of an environment's together. Linux takes 2 MiB for arguments and variables of a process (execve(2), a quarter of
 * the stack's 8 MiB); {@link MAX_RUN_BYTES} and what the image sets itself need the rest.
 */
export const MAX_VARIABLES_BYTES = 1024 * 1024;
/** The most that one service's `run` in landfall.yaml may add. */
export const MAX_RUN_BYTES = 512 * 1024;
/** The log's masker leaves shorter values alone, because they are parts of ordinary words. */
const SHORTEST_SECRET = 4;

/** Set by Landfall itself. */
const RESERVED: Readonly<Record<string, string>> = {
  PORT: 'PORT is given by Landfall: set run.port in landfall.yaml.',
};

export interface VariableSetting {
  readonly name: string;
  readonly kind: VariableKind;
  readonly value: Secret;
}

/** The reason against a name, in a sentence; `undefined` when there is none. */
export function whyNotName(name: string): string | undefined {
  const upper = name.toUpperCase();
  return (Object.hasOwn(RESERVED, upper) ? RESERVED[upper] : undefined) ?? whyNotArgument(name);
}

/** The same for an argument of a build, to which Landfall itself gives none. */
export function whyNotArgument(name: string): string | undefined {
  if (VARIABLE_NAME.test(name) && name !== '__proto__') return undefined;
  return `${JSON.stringify(name.slice(0, 110))} is no name of a variable: use letters, digits and underscores, a digit not first, 100 at most.`;
}

/** The reason against a setting, in a sentence that never holds the value; `undefined` when there is none. */
export function whyNotSetting({ name, kind, value }: VariableSetting): string | undefined {
  const wrong = whyNotName(name);
  if (wrong !== undefined) return wrong;
  const text = value.reveal();
  const problem = whyNotValue(text);
  if (problem !== undefined) return `The value of ${name} ${problem}`;
  if (kind === 'secret' && text.trim().length < SHORTEST_SECRET) {
    return `The value of ${name} is shorter than ${SHORTEST_SECRET} characters: it could not be told from ordinary words in a log, to mask it. Use a longer secret, or a variable.`;
  }
  return undefined;
}

/** The end of a sentence about a value that cannot be taken, without the value; `undefined` when it can. */
export function whyNotValue(text: string): string | undefined {
  if (text.includes('\0')) return 'holds a NUL character, which no environment variable can.';
  // U+FFFD: the bytes were no UTF-8, and have been replaced on the way.
  if (!text.isWellFormed() || text.includes('\uFFFD')) {
    return 'is no valid text in UTF-8. Encode binary values, in base64 for example.';
  }
  const bytes = utf8Length(text);
  if (bytes > MAX_VALUE_BYTES) {
    return `is larger than ${MAX_VALUE_BYTES} bytes: it has ${bytes}. Put what is large into a file or a bucket.`;
  }
  return undefined;
}

/** Identifies the values that a run has, without any of them: safe in labels, histories and messages. */
export interface VariablesOfRun {
  /** 0: none were ever set. */
  readonly revision: number;
  /** Drawn with the revision: tells it from one of the same number in a database that was lost since. */
  readonly fingerprint: string;
  /** The secrets' names, sorted. */
  readonly secrets: readonly string[];
}

/** All values of one revision, for the one host that is to run them. */
export interface VariableValues {
  readonly revision: number;
  readonly fingerprint: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, Secret>>;
}

export interface ValuesQuestion {
  readonly key: EnvironmentKey;
  /** The deployment that they are for; it gets the same revision at every call. */
  readonly deploymentId: string;
  /** A certain one. By default the newest at the time of the deployment's first question. */
  readonly revision?: number;
  /** True when `revision` is not the deployment's own, but that of the run which it brings back. */
  readonly restoring?: boolean;
}

/**
 * The bytes that a process's environment needs for one: `NAME=value`, its end and a pointer to it.
 * @param bytes - of the value
 */
const bytesInProcess = (name: string, bytes: number): number => name.length + bytes + 10;

/** The reason against the variables together, with the largest by name; `undefined` when they can be taken. */
export function whyTooLarge(what: string, limit: number, sizes: ReadonlyMap<string, number>): string | undefined {
  const total = [...sizes].reduce((sum, [name, bytes]) => sum + bytesInProcess(name, bytes), 0);
  if (total <= limit) return undefined;
  const largest = [...sizes].toSorted((a, b) => b[1] - a[1]).slice(0, 3);
  const named = largest.map(([name, bytes]) => `${name} (${bytes} bytes)`).join(', ');
  return `${what} would have ${total} bytes, and ${limit} are what a process can be given. The largest are ${named}. Put what is large into a file or a bucket.`;
}

/** The length of well-formed text. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
