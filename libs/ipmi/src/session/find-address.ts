import type { Clock } from '../clock.ts';
import { IpmiError } from '../errors.ts';
import type { Transport } from '../transport/transport.ts';
import { unlessAborted } from '../unless-aborted.ts';

/** Longest lookup of a name, ms: resolvers that do not answer are waited for longer than anybody wants to. */
const LOOKUP_MS = 10_000;

/**
 * The address of a BMC.
 * @throws IpmiError UNREACHABLE where there is none, or none was found in time; CANCELLED
 */
export async function findAddress(
  transport: Transport,
  host: string,
  { clock, signal }: { clock: Clock; signal: AbortSignal | undefined },
): Promise<string> {
  let timer: Disposable | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = clock.after(LOOKUP_MS, () =>
      reject(new IpmiError('UNREACHABLE', `no address for the name ${host} within ${LOOKUP_MS / 1_000} s`)),
    );
  });
  try {
    return await unlessAborted(Promise.race([transport.resolve(host), late]), signal);
  } finally {
    timer?.[Symbol.dispose]();
  }
}
