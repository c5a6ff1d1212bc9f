/** Gives an operation of the description behaviour, typed by GitHub's own types. */
import type { GitHubId } from '../../../contracts/core/github-id.ts';
import type { components, operations } from '@octokit/openapi-types';
import type { Caller, Needs } from '../auth.ts';
import type { Repository, State } from '../state.ts';

export type OperationId = keyof operations;

/** Ids come with all their digits; what is counted (`issue_number`) is a number. */
type Ids<T> = { [K in keyof T]: K extends `${string}_id` ? GitHubId : T[K] };
type Path<Id extends OperationId> = operations[Id] extends { parameters: { path: infer P } }
  ? Ids<P>
  : Record<string, never>;
type Query<Id extends OperationId> = operations[Id] extends { parameters: { query?: infer Q } }
  ? NonNullable<Q>
  : Record<string, never>;
type Body<Id extends OperationId> = operations[Id] extends { requestBody: { content: { 'application/json': infer B } } }
  ? B
  : operations[Id] extends { requestBody?: { content: { 'application/json': infer B } } }
    ? B | undefined
    : undefined;
type Json<R> = R extends { content: { 'application/json': infer B } }
  ? { readonly body: B }
  : { readonly body?: undefined };

/** For this one list the generated types want an account that is a user and an enterprise at once; GitHub says either. */
interface ListInstallations {
  200: { content: { 'application/json': components['schemas']['installation'][] } };
}
type Responses<Id extends OperationId> = Id extends 'apps/list-installations'
  ? ListInstallations
  : operations[Id]['responses'];

export type Answered<Id extends OperationId> = {
  [Status in keyof Responses<Id> & number]: {
    readonly status: Status;
    readonly headers?: Record<string, string>;
  } & Json<Responses<Id>[Status]>;
}[keyof Responses<Id> & number];

export interface Context<Id extends OperationId> {
  readonly state: State;
  readonly caller: Caller;
  /** The parameters of the path; ids are already numbers. */
  readonly params: Path<Id>;
  readonly query: Query<Id>;
  readonly body: Body<Id>;
  /** The one that the path names. */
  readonly repository: Path<Id> extends { owner: string; repo: string } ? Repository : undefined;
}

export interface Model<Id extends OperationId> {
  readonly needs: Needs;
  answer(context: Context<Id>): Answered<Id> | Promise<Answered<Id>>;
}

export type Models = { readonly [Id in OperationId]?: Model<Id> };
