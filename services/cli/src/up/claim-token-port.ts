import { claimPort } from './ports.ts';

/** Which port the token service is to have. */
export interface TokenPortOptions {
  /** 0 or none takes a free one. */
  readonly tokenPort?: number | undefined;
  /** Take a free one when that one is taken. */
  readonly anyTokenPort?: boolean;
}

/**
 * Finds the port of the token service. Its usual one is where the other commands look for it, but it is not worth failing for: whoever did
 * not choose it gets another. Throws UsageError when a chosen one is taken.
 */
export async function claimTokenPort({ tokenPort = 0, anyTokenPort }: TokenPortOptions): Promise<number> {
  const wanted = { host: '127.0.0.1', port: tokenPort, option: '--token-port' };
  try {
    return await claimPort(wanted);
  } catch (error) {
    if (!anyTokenPort) throw error;
    return claimPort({ ...wanted, port: 0 });
  }
}
