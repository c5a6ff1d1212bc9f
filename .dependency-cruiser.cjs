/** Who may import whom (docs/architecture.md, "Imports"). Type-only imports are allowed where a rule says so: they vanish at run time. */
const never = (name, comment, from, to, extra = {}) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: to, ...extra },
});
const VALUE = { dependencyTypesNot: ['type-only'] };
const OURS = 'contracts|workflows|activities|workers|api|store|cli|infra|test';
const others = (...allowed) =>
  `^(${OURS.split('|')
    .filter((room) => !allowed.includes(room))
    .join('|')})/`;

module.exports = {
  forbidden: [
    never('contracts-are-a-leaf', 'contracts/ imports nothing of ours', '^contracts/', others('contracts')),
    never(
      'workflows-import-contracts',
      'they run in the sandbox',
      '^workflows/',
      others('workflows', 'contracts', 'activities'),
    ),
    never(
      'workflows-see-activity-types-only',
      'an implementation would be bundled into the sandbox',
      '^workflows/',
      '^activities/',
      VALUE,
    ),
    never(
      'activities-import-contracts',
      'activities never orchestrate, listen or decide',
      '^activities/(?!records/)',
      others('activities', 'contracts'),
    ),
    never(
      'records-import-store',
      'the only activities that know the database',
      '^activities/records/',
      others('activities', 'contracts', 'store'),
    ),
    never('store-imports-contracts', 'the store remembers, nothing else', '^store/', others('store', 'contracts')),
    never(
      'api-speaks-through-messages',
      'the api starts workflows by name and knows their messages',
      '^api/',
      '^workflows/(?!.*[.]messages[.]ts$)',
      VALUE,
    ),
    never(
      'api-never-performs-work',
      'side effects belong to activities',
      '^api/',
      others('api', 'contracts', 'store', 'workflows'),
    ),
    never(
      'cli-speaks-http',
      'the command line knows the HTTP API and starts processes',
      '^cli/',
      others('cli', 'contracts', 'infra'),
    ),
    never('infra-is-no-application', 'what runs where, and nothing of what it does', '^infra/', others('infra')),
    never(
      'workers-compose',
      'composition roots',
      '^workers/(?!standalone)',
      others('workers', 'activities', 'contracts', 'store', 'workflows'),
    ),
    never(
      'standalone-mounts-the-api',
      'the one-process composition root',
      '^workers/standalone',
      others('workers', 'activities', 'contracts', 'store', 'workflows', 'api'),
    ),
    never('nothing-imports-tests', 'test/ is a leaf the other way round', `^(${OURS.replace('|test', '')})/`, '^test/'),
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
