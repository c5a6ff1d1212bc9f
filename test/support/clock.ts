/** A clock that stands at the beginning, so that the numbers of releases count from 1. */
export const fromOne = (): number => 0;
