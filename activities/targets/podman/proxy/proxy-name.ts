/** Frontend and backend of an environment's section share it. */
export const proxyName = (id: string): string => `landfall.${id}`;
