import Sequencer from '@jest/test-sequencer';

/** Files with a stage or an engine of their own, which take up to minutes. Their paths say so. */
const SLOW = /^\/test\/(e2e|faults|cli\/(up|upgrade)|activities\/(build|targets)|infra\/power-cut)/;

/** The control plane of Kubernetes is built beside the tests, which takes minutes: files that may need it run late. */
const NEEDS_CLUSTER = /kubernetes|cluster/;

/** The part of the other files that runs at the very end. */
const LAST = 1 / 3;

/**
 * Sorts files so that no slow one is begun when nothing is left to run beside it: the last minutes of a run would be one
 * processor's. The slow ones are spread over the first part, for as many of them at once would have too little memory.
 */
export default class SlowBeforeQuick extends Sequencer {
  /**
   * @override
   * @param {Parameters<Sequencer['sort']>[0]} tests
   */
  sort(tests) {
    const sorted = super.sort(tests);
    const inProject = ({ path, context }) => path.slice(context.config.rootDir.length);
    const late = sorted.filter((test) => NEEDS_CLUSTER.test(inProject(test)));
    const others = sorted.filter((test) => !late.includes(test));
    const slow = others.filter((test) => SLOW.test(inProject(test)));
    const quick = others.filter((test) => !slow.includes(test));
    const last = quick.splice(quick.length - Math.floor(quick.length * LAST));
    return [...spread(slow, quick), ...late, ...last];
  }
}

/**
 * @template T
 * @param {readonly T[]} some
 * @param {readonly T[]} among
 * @returns {T[]} both, each in its order and evenly spread
 */
function spread(some, among) {
  const placed = [some, among].flatMap((list) =>
    list.map((one, index) => ({ one, place: (index + 0.5) / list.length })),
  );
  return placed.toSorted((left, right) => left.place - right.place).map(({ one }) => one);
}
