import type { LoginPurpose, Node } from '../driver.ts';

/** How a call reaches its machine. */
export interface ReachOptions {
  /** Somebody asks who has perhaps just mended it: the breaker lets it through. */
  readonly byHand?: boolean;
  readonly secret?: string;
  /** Decides which logins may be presented; `machine` when absent. */
  readonly purpose?: LoginPurpose;
  /** Stands for the login where it is none of the node's. */
  readonly ownLogin?: string;
  /** Ends the wait for another call that tries the same login. */
  readonly signal?: AbortSignal;
}

/** Runs a call to a machine with the breaker around it; its errors are in words, and without the node's secrets and `options.secret`. */
export type Reach = <T>(node: Node, work: () => Promise<T>, options?: ReachOptions) => Promise<T>;
