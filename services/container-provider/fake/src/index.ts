import type { Logger, Trust } from '@consolemesh/mesh';
import { type RunningPlugin, serveProvider } from '@consolemesh/provider-sdk';
import { clearFakeHost, createFakeRuntime, type FakeHost } from './runtime.ts';

export { clearFakeHost, type FakeHost } from './runtime.ts';

/** What the fake provider needs. */
export interface FakeProviderOptions {
  /** Where to listen; a free port on 127.0.0.1 when absent. */
  readonly listen?: { readonly host: string; readonly port: number } | undefined;
  readonly trust: Trust;
  readonly logger: Logger;
  readonly advertise?: string | undefined;
  /** Affinity that it claims; `instance` when absent. */
  readonly affinity?: 'none' | 'instance' | undefined;
  /** `fake` when absent. */
  readonly name?: string | undefined;
  /** Containers that several instances share, and that outlive them; its own when absent, which end with it. */
  readonly host?: FakeHost | undefined;
  /** How long a VNC server may take to answer, ms; 120,000 when absent. */
  readonly readyTimeoutMs?: number | undefined;
  readonly checkIntervalMs?: number | undefined;
}

/** A fake provider that runs. */
export interface RunningFakeProvider extends RunningPlugin {
  /** Its containers, by runtime name, to look at from tests. */
  readonly containers: FakeHost;
}

/** Starts a provider whose containers are VNC servers in this process. */
export async function startFakeProvider(options: FakeProviderOptions): Promise<RunningFakeProvider> {
  const {
    listen = { host: '127.0.0.1', port: 0 },
    name = 'fake',
    affinity = 'instance',
    host,
    ...rest
  } = options;
  const containers: FakeHost = host ?? new Map();
  const runtime = createFakeRuntime(affinity, containers);
  const running = await serveProvider({ ...rest, name, version: '0.1.0', listen, runtime });
  return {
    ...running,
    containers,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      if (!host) await clearFakeHost(containers);
    },
  };
}
