import { MeshError } from '@consolemesh/errors';

/** Calls until somebody answers, for at most 20 s: a user does not give up because a service died on the way. */
export async function persist<T>(call: () => Promise<T>): Promise<T> {
  const until = performance.now() + 20_000;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const again =
        error instanceof MeshError && /UNAVAILABLE|CANCELLED|DRAINING|DEADLINE|NOT_READY/.test(error.reason);
      if (!again || performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
