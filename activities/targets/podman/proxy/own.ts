import type { PublicSettings } from '../../../../contracts/config/host.ts';

/** No service's: theirs have three names. */
export const OWN_BACKEND = 'landfall-own';

/** Landfall itself behind its own proxy. A restart of it takes a moment, in which a request is tried again. */
export const renderOwn = ({ address, port }: NonNullable<PublicSettings['landfall']>): readonly string[] => [
  `backend ${OWN_BACKEND} from landfall`,
  '  mode http',
  // `POST /deploy` waits for a deployment's end, for 15 minutes at most, and says nothing until then.
  '  timeout server 20m',
  `  server landfall ${address}:${port}`,
];
