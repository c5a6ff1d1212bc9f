/** The form of a measurement, and of a table of them. */

export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ratio' | 'ms' | 's' | 'MB' | 'events' | 'calls' | 'requests' | 'sockets' | 'µs';
  /** `null`: for information, without a promise. */
  readonly goal: number | null;
  readonly better: 'lower' | 'higher';
}

export interface Bench {
  readonly name: string;
  /** One line: what is compared with what. */
  readonly about: string;
  /** @param dir - an empty folder with a short path; removed afterwards. */
  run(dir: string, say: (line: string) => void): Promise<readonly Measurement[]>;
}

/** True when the goal is met; a measurement without one always holds. */
export function holds({ value, goal, better }: Measurement): boolean {
  if (goal === null) return true;
  return better === 'lower' ? value <= goal : value >= goal;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? NaN) + upper) / 2 : upper;
}

/** Three significant digits are what a noisy machine gives. */
const show = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(3));

export function table(measurements: readonly Measurement[]): string {
  const rows = measurements.map((one) => [
    one.name,
    `${show(one.value)} ${one.unit}`,
    one.goal === null ? '' : `${one.better === 'lower' ? '≤' : '≥'} ${show(one.goal)}`,
    one.goal === null ? '' : holds(one) ? 'holds' : 'MISSED',
  ]);
  const all = [['measurement', 'value', 'goal', ''], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
