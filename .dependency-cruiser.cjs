/** Who may import whom (docs/architecture.md, "Imports"). Type-only imports are allowed where a rule says so: they vanish at run time. */
const never = (name, comment, from, to, extra = {}) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: to, ...extra },
});
const VALUE = { dependencyTypesNot: ['type-only'] };
const OURS = 'contracts|workflows|activities|workers|api|store|cli|infra|stand-ins|test';
const others = (...allowed) =>
  `^(${OURS.split('|')
    .filter((room) => !allowed.includes(room))
    .join('|')})/`;

/**
 * Rooms inside a room: each may import those below it, never one beside or above it.
 * A string is one room, or several that do not know each other, as `build|deployment`.
 */
const floors = (house, ...rooms) =>
  rooms
    .slice(1)
    .map((room, index) =>
      never(
        `${house}-floors-${room.replaceAll('|', '-')}`,
        `${house}: ${rooms.map((one) => one.replaceAll('|', ', ')).join(' → ')}`,
        `^${house}/(${room})(/|[.]ts$)`,
        `^${house}/(${rooms.slice(0, index + 1).join('|')})(/|[.]ts$)`,
      ),
    );
/** Rooms of one floor do not know each other. */
const apart = (house, ...floor) =>
  floor.map((room) =>
    never(
      `${house}-${room}-stands-alone`,
      `${floor.join(', ')} do not know each other`,
      `^${house}/${room}/`,
      `^${house}/(${floor.filter((other) => other !== room).join('|')})/`,
    ),
  );

module.exports = {
  forbidden: [
    ...floors('contracts', 'inbox', 'github|http', 'admission', 'deployment', 'config', 'core'),
    ...apart('contracts', 'github', 'http'),
    ...floors(
      'workflows',
      'index',
      'previews',
      'orders',
      'maintenance',
      'admission',
      'release',
      'actions',
      'environment',
      'deployment|build',
      'certificates',
      'reporting',
      'approval',
      'lib',
      'messages',
    ),
    ...apart('workflows', 'deployment', 'build'),
    ...floors(
      'api',
      'app|server',
      'pages|deploy',
      'routes',
      'operations',
      'commands|webhooks|inbox|auth',
      'temporal',
      'logs|http',
      'ports',
    ),
    ...apart('api', 'commands', 'webhooks', 'inbox', 'auth'),
    never(
      'http-problems-are-of-the-edge',
      'operations and what is below them throw failures (contracts/core/failures.ts)',
      '^api/(operations|commands|inbox|temporal|logs)/',
      '^api/http/problem[.]ts$',
    ),
    never('contracts-are-a-leaf', 'contracts/ imports nothing of ours', '^contracts/', others('contracts')),
    {
      name: 'the-machine-knows-no-temporal',
      comment: 'what an environment decides is plain functions (docs/adr/0023-the-environment-is-a-machine.md)',
      severity: 'error',
      from: { path: '^workflows/(environment|previews)/machine/' },
      to: { path: 'node_modules/@temporalio/(?!common/)', reachable: true },
    },
    never(
      'the-machine-knows-nothing-around-it',
      'the workflow carries out what the machine asks',
      '^workflows/environment/machine/',
      '^workflows/environment/(?!machine/)',
    ),
    never(
      'the-machine-of-previews-knows-nothing-around-it',
      'the workflow carries out what the machine asks',
      '^workflows/previews/machine/',
      '^workflows/previews/(?!machine/)',
    ),
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
      'stand-ins-import-contracts',
      'a stand-in speaks the outside protocol, and shares no code with what speaks to it but the shapes of ids',
      '^stand-ins/',
      others('stand-ins', 'contracts'),
    ),
    never(
      'workers-compose',
      'composition roots',
      '^workers/(?!standalone|delivery-)',
      others('workers', 'activities', 'contracts', 'store', 'workflows'),
    ),
    never(
      'standalone-mounts-the-api',
      'the one-process composition root, and the thread that reads deliveries',
      '^workers/(standalone|delivery-)',
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
