import type { RecordActivities, TellActivities, Telling } from './records.port.ts';

/** Gathers what piled up while the last report was under way into one activity, so that histories stay tiny. */
export function createTellActivities(records: RecordActivities): TellActivities {
  return {
    async tell(tellings) {
      for (const telling of tellings) await tellOne(records, telling);
    },
  };
}

function tellOne(records: RecordActivities, { kind, record }: Telling): Promise<void> {
  // `Telling` pairs each kind with its record; the compiler sees their union only.
  const write = records[kind] as (record: Telling['record']) => Promise<void>;
  return write(record);
}
