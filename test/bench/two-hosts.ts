import type { Bench } from './bench.ts';
import { sideBySide } from './side-by-side.ts';

export const twoHosts: Bench = {
  name: 'two-hosts',
  about: 'the same on two hosts, divided by the script that deploys to one after the other',
  async run(dir, say) {
    const { ratio } = await sideBySide(dir, ['a', 'b'], say);
    return [{ name: 'two hosts: ours ÷ sequential script', value: ratio, unit: 'ratio', goal: 1, better: 'lower' }];
  },
};
