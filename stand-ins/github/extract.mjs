/**
 * Makes openapi.json: the part of GitHub's own OpenAPI descriptions that the stand-in is held to.
 *
 *   npm pack @octokit/openapi@23.0.2 @octokit/openapi-webhooks@12.1.0    (unpack both in one folder)
 *   node stand-ins/github/extract.mjs FOLDER_OF_OPENAPI FOLDER_OF_OPENAPI_WEBHOOKS
 *
 * The packages hold 400 MB; the operations below and what they refer to are about 250 kB, so only those are
 * committed, with the version and checksum of what they were taken from. Prose and examples are left out, and
 * OpenAPI 3.0's `nullable` is rewritten to JSON Schema's `null`, which is what ajv reads.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const OPERATIONS = new Set(
  `apps/get-authenticated apps/list-installations apps/get-installation apps/create-installation-access-token
   apps/get-repo-installation apps/list-repos-accessible-to-installation apps/list-webhook-deliveries
   apps/get-webhook-delivery apps/redeliver-webhook-delivery apps/create-from-manifest
   apps/list-installations-for-authenticated-user apps/list-installation-repos-for-authenticated-user
   repos/get repos/get-content repos/get-commit repos/get-branch repos/compare-commits-with-basehead git/get-ref
   git/get-commit
   repos/create-deployment repos/list-deployments repos/get-deployment repos/delete-deployment
   repos/create-deployment-status repos/list-deployment-statuses repos/get-deployment-status
   repos/get-environment repos/get-all-environments repos/delete-an-environment actions/review-custom-gates-for-run
   actions/get-pending-deployments-for-run
   checks/create checks/update checks/get checks/list-for-ref checks/list-for-suite
   repos/create-commit-status repos/get-combined-status-for-ref repos/list-commit-statuses-for-ref
   issues/create issues/get issues/update issues/list-for-repo issues/create-comment issues/update-comment
   issues/get-comment issues/list-comments issues/create-label issues/get-label issues/add-labels
   reactions/create-for-issue-comment reactions/list-for-issue-comment pulls/get pulls/list pulls/list-files
   repos/list-activities
   repos/get-collaborator-permission-level teams/get-membership-for-user-in-org teams/list-members-in-org users/get-authenticated rate-limit/get meta/get-zen`.split(
    /\s+/,
  ),
);
const EVENTS = new Set(
  `ping push workflow-run-completed issue-comment-created merge-group-checks-requested merge-group-destroyed
    check-run-requested-action check-run-rerequested check-suite-rerequested deployment-protection-rule-requested
    installation-created installation-deleted installation-suspend installation-unsuspend
    installation-new-permissions-accepted installation-repositories-added installation-repositories-removed
    pull-request-opened pull-request-synchronize pull-request-closed`.split(/\s+/),
);
const PROSE = new Set([
  'example',
  'examples',
  'externalDocs',
  'x-github',
  'x-octokit',
  'x-multi-segment',
  'deprecated',
  'title',
  'summary',
  'tags',
  'discriminator',
]);

function source(folder) {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = 'generated/api.github.com.json';
  const text = readFileSync(join(folder, file), 'utf8');
  return {
    description: JSON.parse(text),
    from: { package: `${name}@${version}`, file, sha256: createHash('sha256').update(text).digest('hex') },
  };
}

/** Without prose and examples, with `nullable` rewritten. The keys of `properties` are names, not keywords. */
function plain(value, key) {
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (value === null || typeof value !== 'object') return value;
  const out = {};
  for (const [name, inner] of Object.entries(value)) {
    const keyword = key !== 'properties';
    if (keyword && (PROSE.has(name) || name === 'nullable' || (name === 'description' && typeof inner === 'string'))) {
      continue;
    }
    out[name] = keyword && (name === 'enum' || name === 'default') ? inner : plain(inner, name);
  }
  return key !== 'properties' && value.nullable === true ? orNull(out) : out;
}

function orNull(schema) {
  if (typeof schema.type !== 'string') return { anyOf: [{ type: 'null' }, schema] };
  const values = schema.enum && !schema.enum.includes(null) ? { enum: [...schema.enum, null] } : {};
  return { ...schema, ...values, type: [schema.type, 'null'] };
}

/**
 * In this one list the description wants an account that is a user and an enterprise at once. Everywhere else, as in
 * its own component `installation`, it says either, and so does GitHub.
 */
function correct(account) {
  const contradiction = account.anyOf.find(({ allOf }) => allOf);
  if (!contradiction)
    throw new Error('this description needs no correction any more: take it out, here and in operation.ts');
  contradiction.anyOf = contradiction.allOf;
  delete contradiction.allOf;
}

/** Everything that `part` refers to, and what that refers to. */
function components(description, part) {
  const found = {};
  const visit = (value) => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (value && typeof value === 'object')
      Object.entries(value).forEach(([k, v]) => (k === '$ref' ? add(v) : visit(v)));
  };
  const add = (reference) => {
    const [, , kind, name] = reference.split('/');
    if (found[kind]?.[name]) return;
    found[kind] = { ...found[kind], [name]: plain(description.components[kind][name]) };
    visit(found[kind][name]);
  };
  visit(part);
  return found;
}

const [apiFolder, webhooksFolder] = process.argv.slice(2);
if (!apiFolder || !webhooksFolder)
  throw new Error('give the folders of @octokit/openapi and @octokit/openapi-webhooks');
const api = source(apiFolder);
const webhooks = source(webhooksFolder);

const paths = {};
for (const [path, item] of Object.entries(api.description.paths)) {
  for (const [method, operation] of Object.entries(item)) {
    if (OPERATIONS.delete(operation.operationId)) paths[path] = { ...paths[path], [method]: plain(operation) };
  }
}
if (OPERATIONS.size > 0) throw new Error(`not in ${api.from.package}: ${[...OPERATIONS].join(', ')}`);

correct(paths['/app/installations'].get.responses[200].content['application/json'].schema.items.properties.account);

const events = {};
for (const name of EVENTS) {
  events[name] = plain(webhooks.description.webhooks[name].post.requestBody.content['application/json'].schema);
}

const extract = {
  api: { from: api.from, paths, components: components(api.description, paths) },
  webhooks: { from: webhooks.from, events, components: components(webhooks.description, events) },
};
writeFileSync(new URL('openapi.json', import.meta.url), `${JSON.stringify(extract)}\n`);
