// @ts-check
/** Jest's environment for Node, with a global object of the plain kind. */
import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

/**
 * Jest makes its global object a Proxy, so that it can empty it after the file: every `Object`, `Promise` or `process`
 * in any module asks that Proxy. A vanilla global is Node's own (vm, `DONT_CONTEXTIFY`); what a file leaves on it goes with it.
 */
export default class PlainGlobalEnvironment extends TestEnvironment {
  /** @param {ConstructorParameters<typeof TestEnvironment>} given */
  constructor(...given) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...given);
    } finally {
      vm.createContext = createContext;
    }
  }
}
