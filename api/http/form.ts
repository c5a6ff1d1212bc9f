import type { Context } from 'hono';
import type { ApiEnv } from '../deps.ts';
import { HttpProblem } from './problem.ts';

type Form = Awaited<ReturnType<Context<ApiEnv>['req']['parseBody']>>;

/**
 * The fields of a form. Limit the body's size before: see hono/body-limit.
 *
 * @throws {HttpProblem} 400 for a body that is no form
 */
export async function parseForm(c: Context<ApiEnv>): Promise<Form> {
  try {
    return await c.req.parseBody();
  } catch (error) {
    // undici's error for a body that it cannot parse (Fetch Standard, "package data"), in any realm.
    if (!isTypeError(error)) throw error;
    throw new HttpProblem(400, 'BadRequest', 'The body is not the form that its Content-Type says it is.');
  }
}

const isTypeError = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === 'TypeError';
