import Sequencer from '@jest/test-sequencer';

/**
 * The control plane of Kubernetes is built beside the tests, which takes minutes: files that may need it run last. Their
 * paths say so.
 */
const NEEDS_CLUSTER = /kubernetes|cluster/;

export default class ClustersLast extends Sequencer {
  /**
   * @override
   * @param {Parameters<Sequencer['sort']>[0]} tests
   */
  sort(tests) {
    const isLate = ({ path, context }) => NEEDS_CLUSTER.test(path.slice(context.config.rootDir.length));
    return super.sort(tests).toSorted((one, other) => Number(isLate(one)) - Number(isLate(other)));
  }
}
