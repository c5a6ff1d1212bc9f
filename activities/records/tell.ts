import type { RecordActivities, TellActivities, Telling } from './records.port.ts';

/** Gathers what piled up while the last report was under way into one activity, so that histories stay tiny. */
export function createTellActivities(records: RecordActivities): TellActivities {
  return {
    async tell(tellings) {
      for (const telling of tellings) await tellOne(records, telling);
    },
  };
}

function tellOne<T extends Telling>(records: RecordActivities, { kind, record }: T): Promise<void> {
  const write = records[kind] as (record: T['record']) => Promise<void>;
  return write(record);
}
