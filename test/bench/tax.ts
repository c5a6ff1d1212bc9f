import type { Bench } from './bench.ts';
import { sideBySide } from './side-by-side.ts';

export const tax: Bench = {
  name: 'tax',
  about:
    'push webhook → served, divided by a bare clone → build → push → pull → run → healthy script; the first good answer is enough for both (health.stable is 0)',
  async run(dir, say) {
    const { ratio, oursMs, scriptMs } = await sideBySide(dir, ['a'], say);
    return [
      { name: 'tax: ours ÷ script', value: ratio, unit: 'ratio', goal: 1.1, better: 'lower' },
      { name: 'tax: push webhook → served', value: oursMs, unit: 'ms', goal: null, better: 'lower' },
      { name: 'tax: bare script', value: scriptMs, unit: 'ms', goal: null, better: 'lower' },
    ];
  },
};
