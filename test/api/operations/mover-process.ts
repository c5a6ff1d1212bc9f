/** `node mover-process.ts DATABASE_URL`, forked: does each rename that it is sent as the API does, and tells how it ended. */
import { rename } from '../../../api/operations/rename.ts';
import { openStore } from '../../../store/open.ts';

const store = await openStore({ databaseUrl: process.argv[2] ?? '' });
process.on('message', ({ from, to }: { readonly from: string; readonly to: string }) => {
  void rename({ store }, { from, to, by: { kind: 'token', name: 'ada' } }).then(
    (done) => process.send?.(done),
    (error: unknown) => process.send?.(String(error)),
  );
});
process.send?.('ready');
