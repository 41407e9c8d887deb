import { errorRow, MeshError } from '@consolemesh/errors';
import type { Scheduler } from '../scheduler.ts';

/** Where a call to a plugin is: tests hold it there, or end the conductor there. */
export type RpcPhase = 'before' | 'after';

/** A test's seam at the boundary of every call to a plugin. */
export type OnRpcBoundary = (call: { plugin: string; method: string; phase: RpcPhase }) => Promise<void>;

/** What every call to a plugin is made with. */
export interface CallSettings {
  readonly scheduler: Scheduler;
  readonly onRpcBoundary?: OnRpcBoundary | undefined;
}

/** One call. */
export interface PluginCall<T> {
  /** Such as `driver vnc`; stands once in front of every error's message. */
  readonly plugin: string;
  readonly method: string;
  /** Longest duration, ms. */
  readonly limit: number;
  /** What an instance that does not answer means. */
  readonly unavailable: 'DRIVER_UNAVAILABLE' | 'PROVIDER_UNAVAILABLE';
  /** Ends the call earlier: the lease is over, the console is not wanted any more, the conductor stops. */
  readonly signal?: AbortSignal | undefined;
  run(signal: AbortSignal): Promise<T>;
}

/**
 * Makes one call to a plugin within its limit. Errors come out as MeshError with the plugin named once; an abort by `signal` comes out as
 * CANCELLED, which is nobody's failure.
 */
export async function callPlugin<T>(settings: CallSettings, call: PluginCall<T>): Promise<T> {
  const { plugin, method } = call;
  const ended = new AbortController();
  const follow = () => ended.abort();
  if (call.signal?.aborted) throw new MeshError('CANCELLED');
  call.signal?.addEventListener('abort', follow, { once: true });
  let late = false;
  const timer = settings.scheduler.after(call.limit, () => {
    late = true;
    ended.abort();
  });
  try {
    await settings.onRpcBoundary?.({ plugin, method, phase: 'before' });
    // Whoever is given a signal that has ended already would wait for it forever.
    ended.signal.throwIfAborted();
    const answer = await call.run(ended.signal);
    await settings.onRpcBoundary?.({ plugin, method, phase: 'after' });
    return answer;
  } catch (error) {
    if (call.signal?.aborted) throw new MeshError('CANCELLED', undefined, { cause: error });
    if (late) {
      throw new MeshError(
        'DEADLINE_EXCEEDED',
        `${plugin}: ${method} did not answer within ${call.limit / 1000} s.`,
        {
          cause: error,
        },
      );
    }
    throw named(error, call);
  } finally {
    timer[Symbol.dispose]();
    call.signal?.removeEventListener('abort', follow);
  }
}

function named(error: unknown, { plugin, unavailable }: PluginCall<unknown>): unknown {
  if (!(error instanceof MeshError)) return error;
  const { violations, metadata } = error;
  // What gRPC itself says when nobody is there; a plugin's own words have reasons of their own.
  if (error.reason === 'UNAVAILABLE' || error.reason === 'DRAINING') {
    return new MeshError(unavailable, `${plugin}: ${errorRow(unavailable).meaning}`, { cause: error });
  }
  const reason = error.reason === 'UNIMPLEMENTED' ? 'CAPABILITY_MISSING' : error.reason;
  return new MeshError(reason, `${plugin}: ${error.message}`, { violations, metadata, cause: error });
}
