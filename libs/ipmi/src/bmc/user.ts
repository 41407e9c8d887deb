import type { PrivilegeName } from '../commands/set-privilege.ts';

/** An account on a BMC. */
export interface BmcUser {
  /** 1..63. */
  id: number;
  name: string;
  password: string | Uint8Array;
  privilege: PrivilegeName;
  /** Default true. */
  enabled?: boolean;
  /** May use SOL; default true. */
  sol?: boolean;
}
