/** Real orders at a real certificate authority, whose questions a small proxy of the test's own answers. */
import { X509Certificate, createSecretKey, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { accountFor, orderCertificate, type OrderDeps } from '../../../activities/certificates/order.ts';
import { openAcme } from '../../../activities/certificates/acme-client.ts';
import { assertLeadsHere } from '../../../activities/certificates/reach.ts';
import { failureOf } from '../../../contracts/core/failures.ts';
import { createCertificateLedger } from '../../../store/queries/certificates.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { testPebble, type Pebble } from '../../support/pebble.ts';
import { openTestStore } from '../../store/support/databases.ts';

const forever = new AbortController().signal;
const failed = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => failureOf(error),
  );

/** A host's answer to challenges, as the proxy gives it: the token from the path, and the thumbprint. */
async function responder() {
  const answers = { thumbprint: '' };
  const server = createServer((request, response) => {
    const token = /^\/\.well-known\/acme-challenge\/([\w-]+)$/.exec(request.url ?? '')?.[1];
    if (token === undefined || answers.thumbprint === '') return response.writeHead(404).end();
    return response.end(`${token}.${answers.thumbprint}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { answers, port: (server.address() as AddressInfo).port };
}

describe('a certificate by ACME', () => {
  let pebble: Pebble;
  let deps: OrderDeps;
  let host: Awaited<ReturnType<typeof responder>>;
  let ledger: ReturnType<typeof createCertificateLedger>;

  beforeAll(async () => {
    const store = await openTestStore();
    ledger = createCertificateLedger(store.db, [{ id: 'k1', key: createSecretKey(randomBytes(32)) }]);
    host = await responder();
    pebble = await testPebble({ httpPort: host.port });
    const { directory, roots } = pebble;
    deps = { ledger, authority: { directory, roots }, email: 'ops@example.com', now: Date.now };
    host.answers.thumbprint = (await accountFor(deps)).thumbprint;
  }, 120_000);

  test('is ordered, kept with its key, and ordered anew when it is asked for again; the account follows a new e-mail address [G7]', async () => {
    const first = await orderCertificate(deps, 'shop.example.com', forever);
    const kept = await ledger.issued('shop.example.com');
    expect(kept?.fingerprint).toBe(first.fingerprint);
    expect(kept?.key.reveal()).toBe(first.key.reveal());
    const leaf = new X509Certificate(first.chain);
    expect(leaf.checkHost('shop.example.com')).toBe('shop.example.com');
    expect(await ledger.order('shop.example.com')).toBeUndefined();
    const acme = await openAcme(deps.authority, (await accountFor(deps)).key, forever);
    const contact = async () =>
      (await acme.call(() => acme.client.createAccount({ onlyReturnExisting: true }))).contact;
    expect(await contact()).toEqual(['mailto:ops@example.com']);
    await orderCertificate({ ...deps, email: 'new@example.com' }, 'shop.example.com', forever);
    expect(await contact()).toEqual(['mailto:new@example.com']);
    const { email: _, ...without } = deps;
    const second = await orderCertificate(without, 'shop.example.com', forever);
    expect(second.fingerprint).not.toBe(first.fingerprint);
    expect(await contact()).toEqual(['mailto:new@example.com']);

    // An order that was left for so long that its certificate has expired.
    const late = orderCertificate({ ...deps, now: () => Date.UTC(2096, 0) }, 'late.example.com', forever);
    expect(await failed(late)).toMatchObject({
      ...{ type: 'CertificateAuthorityUnavailable', message: expect.stringContaining('has expired meanwhile') },
    });
    expect(await ledger.order('late.example.com')).toBeUndefined();
    expect(second.key.reveal()).not.toBe(first.key.reveal());
  });

  test('is refused with what the authority saw, where another answers the challenge [G7]', async () => {
    const { thumbprint } = host.answers;
    host.answers.thumbprint = 'another';
    const refusal = await failed(orderCertificate(deps, 'refused.example.com', forever));
    expect(refusal).toMatchObject({ type: 'CertificateRefused' });
    expect(refusal?.message).toMatch(/^localhost:\d+ refused a certificate of refused\.example\.com: .+ port 80: /);
    host.answers.thumbprint = thumbprint;
    // The order of before is of no use any more.
    expect(await failed(orderCertificate(deps, 'refused.example.com', forever))).toBeUndefined();
  });

  test('goes on with the order and the key of an attempt that was killed [G7][F1]', async () => {
    const { thumbprint } = host.answers;
    const killed = new AbortController();
    const saved = ledger.saveOrder;
    const dies: OrderDeps = {
      ...deps,
      ledger: {
        ...ledger,
        saveOrder: async (name, order) => {
          await saved(name, order);
          killed.abort();
        },
      },
    };
    await expect(orderCertificate(dies, 'killed.example.com', killed.signal)).rejects.toThrow();
    const begun = await ledger.order('killed.example.com');
    const certificate = await orderCertificate(deps, 'killed.example.com', forever);
    expect(certificate.key.reveal()).toBe(begun?.key.reveal());
    expect(host.answers.thumbprint).toBe(thumbprint);
  });

  test('asks nothing of the authority for a name that does not lead here, and says why [G7]', async () => {
    const { thumbprint } = host.answers;
    const where = { resolvers: [pebble.resolver], port: host.port };
    const asks = (name: string, print = thumbprint) => failed(assertLeadsHere(where, name, print, forever));
    await pebble.point('here.example.com', ['127.0.0.1']);
    expect(await asks('here.example.com')).toBeUndefined();
    expect((await asks('here.example.com', 'of-another-landfall'))?.message).toBe(
      `here.example.com leads to something that is not a proxy of Landfall's with this name: 127.0.0.1 gave another answer to the challenge. Its DNS records may name none but our hosts (or a load balancer that passes port ${host.port} on to them).`,
    );
    await pebble.point('away.example.com', ['127.0.0.2']);
    expect((await asks('away.example.com'))?.message).toContain('away.example.com is at 127.0.0.2, and nothing there');
    await pebble.point('both.example.com', ['127.0.0.1', '127.0.0.2']);
    expect(await asks('both.example.com')).toBeUndefined();
    await pebble.point('nowhere.example.com', []);
    expect(await asks('nowhere.example.com')).toEqual({
      type: 'NameElsewhere',
      message:
        'nowhere.example.com does not resolve (ENODATA). Give it an A or AAAA record with the address of the host, or of each of its hosts.',
    });
    const silent = { resolvers: ['127.0.0.1:1'], port: host.port };
    expect((await failed(assertLeadsHere(silent, 'here.example.com', thumbprint, forever)))?.message).toContain(
      'the DNS server did not answer',
    );
  });
});
