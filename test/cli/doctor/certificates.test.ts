import { expect, test } from '@jest/globals';
import { judgeCertificates } from '../../../cli/doctor/certificates.ts';
import { CliError } from '../../../cli/cli-error.ts';
import type { CertificateView } from '../../../contracts/http/api.ts';

const place = (change: Partial<CertificateView['places'][number]> = {}) => ({
  ...{ place: 'host-a', source: 'acme' as const, validUntil: '2026-03-02T12:00:00.000Z', problem: null },
  ...{ seenAt: '2026-01-02T12:00:00.000Z', ...change },
});
const view = (name: string, change: Partial<CertificateView> = {}): CertificateView => ({
  ...{ name, state: 'valid', validUntil: '2026-03-01T12:00:00.000Z', failure: null },
  ...{ nextAt: '2026-01-03T12:00:00.000Z', places: [place()], ...change },
});

function said(all: readonly CertificateView[]): string {
  try {
    return judgeCertificates(all);
  } catch (error) {
    return error instanceof CliError ? `✗ ${error.why}` : String(error);
  }
}

test('the doctor says which certificate ends first, and which names need a person, each with its reason [G7][F6]', () => {
  expect(said([])).toBe('no service has a name of its own');
  expect(said([view('a.example.com'), view('b.example.com')])).toBe(
    'a.example.com, b.example.com: valid, the first ends on 2026-03-01',
  );
  const failure = { type: 'NameElsewhere', message: 'b.example.com does not resolve.' };
  expect(said([view('a.example.com'), view('b.example.com', { state: 'waiting', failure })])).toBe(
    '✗ b.example.com: b.example.com does not resolve; tried again at 2026-01-03T12:00:00.000Z',
  );
  expect(said([view('a.example.com', { state: 'installing' })])).toBe('✗ a.example.com: not at every place yet');
  expect(said([view('a.example.com', { places: [place({ problem: 'It has expired.' })] })])).toBe(
    '✗ a.example.com at host-a: It has expired',
  );
});
