/**
 * Rules for names, checked once at the border so that no later code has to wonder.
 *
 * Every value that reaches a command line, a URL path, a container name or a workflow id is one of these. The rules are
 * deliberately narrower than git's or OCI's: nothing starts with `-`, nothing holds white space, control characters, or
 * what begins another command in a shell.
 */

/** Project, service, environment and host names: a DNS label, so that every target can use them as they are. */
export const NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** A full commit id: SHA-1 or SHA-256 repositories. */
export const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** A commit, as people see it: everywhere in the same length, or two texts seem to be about two commits. */
export const shortCommit = (commit: string): string => commit.slice(0, 7);

/** A digest as people see it: `sha256:0123456789ab`. */
export const shortDigest = (digest: string): string => digest.slice(0, 'sha256:'.length + 12);

/** `sha256:<64 hex>`, the only digest algorithm that registries must support (OCI image-spec, "Digests"). */
export const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** `owner/name` as GitHub spells it; managed users have a `_` in their names. */
export const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9_-]{0,60}\/[A-Za-z0-9._-]{1,100}$/;

/** An image's tag (OCI distribution-spec, "Pulling manifests"). */
export const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * A caller's own mark that tells one request from all others. No `.`: the mark that is made of a request's body has
 * one.
 */
export const NONCE = /^[A-Za-z0-9_-]{8,64}$/;

/** GitHub's delivery GUID, or anything as harmless. */
export const DELIVERY = /^[A-Za-z0-9-]{1,64}$/;

/** 255 bytes of a path without anything that a shell, an option parser or a log could misread. */
const SAFE_PATH = /^[A-Za-z0-9._@+][A-Za-z0-9._@+/-]*$/;

/** Git's own limit is that of file names; longer ones are pushed nowhere. */
const MAX_REF_BYTES = 255;
/** git-check-ref-format(1), rule 4 and 5: never anywhere in a name. */
const NOT_IN_REFS = /[\0-\x20\x7F~^:?*[\\]/u;
/** Git takes them. In whatever script a name lands once, a shell would begin another command with them. */
const SHELL = /[;&|`$<>]/u;

/** Git takes them. They cannot be seen, and some turn around what is shown beside them. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * The reason why no branch or tag can be called so (git-check-ref-format(1)) or is not taken here, in words; else
 * `undefined`.
 */
export function whyNotRefName(name: string): string | undefined {
  if (name === '') return 'a branch has a name';
  if (!name.isWellFormed() || new TextEncoder().encode(name).length > MAX_REF_BYTES) {
    return `a branch name is text of at most ${MAX_REF_BYTES} bytes in UTF-8`;
  }
  const isForm =
    !NOT_IN_REFS.test(name) &&
    !name.startsWith('-') &&
    !name.includes('..') &&
    !name.includes('@{') &&
    !name.endsWith('.') &&
    name !== 'HEAD' &&
    !name.split('/').some((part) => part === '' || part.startsWith('.') || part.endsWith('.lock'));
  if (!isForm) return 'not a branch name that git accepts';
  if (INVISIBLE.test(name))
    return 'Landfall takes no branch name with characters that cannot be seen: rename the branch';
  return SHELL.test(name) ? 'Landfall takes no branch name with ; & | ` $ < or > in it: rename the branch' : undefined;
}

/** A branch or tag name that git accepts and that is safe as an argument: see {@link whyNotRefName}. */
export const isRefName = (name: string): boolean => whyNotRefName(name) === undefined;

/** A relative path inside a repository: no absolute path, no `..`, no option, no control character. */
export function isInnerPath(path: string): boolean {
  if (path === '.') return true;
  return path.length <= 255 && SAFE_PATH.test(path) && !path.split('/').some((part) => part === '..' || part === '');
}

/** True for a name of ours: project, service, environment, host. */
export function isName(name: string): boolean {
  return NAME.test(name);
}
