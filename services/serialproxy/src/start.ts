import { fileURLToPath } from 'node:url';
import {
  type DoorTls,
  defaultLimits,
  type ProxyKind,
  type ProxyService,
  type ProxyServiceOptions,
  startProxyService,
} from '@consolemesh/proxy';
import { createLineConnector } from './connect-line.ts';
import { openLineDoor } from './door/open-line-door.ts';
import { plainSpeech } from './speech.ts';

/** What a serialproxy is made of; everything optional has the default of its setting. */
export interface SerialproxyOptions extends ProxyServiceOptions {
  /** Where programs connect without HTTP; nowhere when undefined. */
  readonly line?:
    | {
        readonly listen: { readonly host: string; readonly port: number };
        /** Required unless it listens on loopback. */
        readonly tls: DoorTls | undefined;
      }
    | undefined;
}

/** A serialproxy that runs. */
export interface Serialproxy extends ProxyService {
  /** `host:port` of the line door. */
  readonly lineAddress: string | undefined;
}

const serial: ProxyKind = {
  kind: 'serial',
  name: 'serialproxy',
  connector: createLineConnector,
  plain: plainSpeech,
  pages: ['serial.html'],
  builtPage: fileURLToPath(new URL('../dist/page', import.meta.url)),
};

/** Starts the serial proxy. Rejects with one clear line, and leaves nothing behind. */
export async function startSerialproxy(options: SerialproxyOptions): Promise<Serialproxy> {
  const { line, logger } = options;
  const { handshakeMs, maxConnections } = { ...defaultLimits, ...options.limits };
  const proxy = await startProxyService(options, serial);
  try {
    const { serveClient } = proxy;
    const door = line && (await openLineDoor({ ...line, handshakeMs, maxConnections, logger, serveClient }));
    return {
      ...proxy,
      get sessions() {
        return proxy.sessions;
      },
      describe: door ? `${proxy.describe}, line door at ${door.address}` : proxy.describe,
      lineAddress: door?.address,
      reloadTls() {
        // Both are read, whichever is new.
        const ours = door?.reloadTls() ?? false;
        return proxy.reloadTls() || ours;
      },
      async [Symbol.asyncDispose]() {
        door?.stopListening();
        await proxy[Symbol.asyncDispose]();
        await door?.[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await proxy[Symbol.asyncDispose]();
    throw error;
  }
}
