import type { SecurityMethod } from './method.ts';

/** Type 1 and the VeNCrypt *None subtypes: no bytes at all. */
export const none: SecurityMethod = {
  needs: [],
  prove: async () => {},
  verify: async () => true,
};
