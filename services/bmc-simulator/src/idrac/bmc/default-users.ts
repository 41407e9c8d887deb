import type { IdracUser } from './types.ts';

/** The factory's. */
export const defaultUsers: readonly IdracUser[] = [
  { name: 'root', password: 'calvin', privilege: 'administrator' },
];
