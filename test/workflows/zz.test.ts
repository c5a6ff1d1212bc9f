import { test } from '@jest/globals';
import { setScene, startDeployment } from '../support/simulation/scene.ts';
import { startTimeSkippingWorld } from './world.ts';
test('x', async () => {
  const world = await startTimeSkippingWorld({ hosts: ['host-a', 'host-b'] });
  const scene = setScene(world, 'away');
  await world.workers.stop('host-b');
  const handle = await startDeployment(world.client, scene.next);
  const r = handle.result();
  r.then((x) => console.log(x), () => 0);
  for (let i = 0; i < 3; i++) {
    await new Promise((r) => setTimeout(r, 5000));
    const h = await handle.fetchHistory();
    console.log(h.events!.map((e) => `${new Date(Number(e.eventTime!.seconds)*1000).toISOString()} ${e.eventId} ${Object.keys(e).find(k => k.endsWith('Attributes'))} ${e.activityTaskScheduledEventAttributes?.activityType?.name ?? ''} ${e.timerStartedEventAttributes ? e.timerStartedEventAttributes.startToFireTimeout?.seconds : ''}`).join('\n'));
    const d = await handle.describe();
    console.log(JSON.stringify(d.raw.pendingActivities));
  }
});
