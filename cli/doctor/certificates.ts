import type { CertificateView } from '../../contracts/http/api.ts';
import { CliError } from '../cli-error.ts';

/** One line about the certificates of all names. @throws CliError that names those that need a person */
export function judgeCertificates(all: readonly CertificateView[]): string {
  if (all.length === 0) return 'no service has a name of its own';
  const wrong = all.flatMap(troublesOf);
  if (wrong.length > 0) {
    throw new CliError('Look at the certificates', wrong.join('; '), 'See docs/tls.md for what each means.');
  }
  const [first] = all.flatMap(endsOf).toSorted();
  return `${all.map(({ name }) => name).join(', ')}: valid${first === undefined ? '' : `, the first ends on ${first.slice(0, 10)}`}`;
}

/** The ends of what is shown to visitors. */
const endsOf = ({ places, validUntil }: CertificateView): string[] =>
  [...places.map((place) => place.validUntil), validUntil].filter((end) => end !== null);

function troublesOf({ name, failure, state, places, nextAt }: CertificateView): string[] {
  const again = `; tried again at ${nextAt}`;
  return [
    ...(failure === null ? [] : [`${name}: ${failure.message.replace(/\.$/, '')}${again}`]),
    ...(state === 'installing' && failure === null ? [`${name}: not at every place yet`] : []),
    ...places.flatMap(({ place, problem }) =>
      problem === null ? [] : [`${name} at ${place}: ${problem.replace(/\.$/, '')}`],
    ),
  ];
}
