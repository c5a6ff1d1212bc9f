/**
 * An error that ends a command and that a person can act on: what was attempted, what came back, what to do. Any other
 * thrown error is a fault in Landfall and is shown with its stack.
 */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly what: string;
  readonly why: string;
  readonly todo: string;

  constructor(what: string, why: string, todo: string, options?: ErrorOptions) {
    super(`${what}: ${why.replace(/\.$/, '')}. ${todo}`, options);
    this.what = what;
    this.why = why;
    this.todo = todo;
  }
}

/** The message of any thrown value. Network errors hide theirs in `cause`, several addresses' in `errors`. */
export function errorText(error: unknown): string {
  const { cause, errors, message } = partsOf(error);
  if (cause !== undefined) return errorText(cause);
  if (Array.isArray(errors) && errors.length > 0) return errorText(errors[0]);
  return typeof message === 'string' ? message : String(error);
}

/** Node's error code, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const { code } = partsOf(error);
  return typeof code === 'string' ? code : undefined;
}

function partsOf(error: unknown): { cause?: unknown; errors?: unknown; message?: unknown; code?: unknown } {
  return typeof error === 'object' && error !== null ? error : {};
}
