import { claimPort, type Wanted } from './ports.ts';

/** A port that has a usual number. */
export interface UsualPort extends Omit<Wanted, 'port'> {
  /** What was chosen; 0 takes a free one, undefined the usual one. */
  readonly port: number | undefined;
  readonly usual: number;
}

/**
 * Finds the port of a service that is not worth failing for: whoever did not choose one gets another when the usual one is taken. Throws
 * UsageError when a chosen one is taken.
 */
export async function claimUsualPort({ port, usual, ...wanted }: UsualPort): Promise<number> {
  if (port !== undefined) return claimPort({ ...wanted, port });
  try {
    return await claimPort({ ...wanted, port: usual });
  } catch {
    return claimPort({ ...wanted, port: 0 });
  }
}
