import { join } from 'node:path';
import { startFakeDriver } from '@consolemesh/bmc-driver-fake';
import { startDracDriver } from '@consolemesh/bmc-driver-idrac-wsman';
import { startIpmiSolDriver } from '@consolemesh/bmc-driver-ipmi-sol';
import { startVncDriver } from '@consolemesh/bmc-driver-vnc';
import { readKeyRing, startConductor } from '@consolemesh/conductor';
import { startFakeProvider } from '@consolemesh/container-provider-fake';
import { connect, type Logger, plaintext, silentLogger } from '@consolemesh/mesh';
import { startNovncproxy } from '@consolemesh/novncproxy';
import { startSerialproxy } from '@consolemesh/serialproxy';
import { startTokenService } from '@consolemesh/token';
import { UsageError } from '../exit-codes.ts';
import { claimUsualPort } from './claim-usual-port.ts';
import { createClosers } from './closers.ts';
import { openDataFolder } from './data-folder.ts';
import { type DemoNode, startDemo } from './demo.ts';
import { claimPort, publicHost } from './ports.ts';

/** How the mesh on one machine is to be. */
export interface UpOptions {
  /** Where the page is shown. The API is on 127.0.0.1 whatever this says: without certificates it is nobody else's. */
  readonly host: string;
  /** Port of page and WebSocket of screens; 0 takes a free one. */
  readonly port: number;
  /** Those of serial consoles. 0 takes a free one; undefined the usual one, or a free one when that is taken. */
  readonly serialPort?: number | undefined;
  /** Port on 127.0.0.1 of serial consoles for programs; likewise. */
  readonly linePort?: number | undefined;
  /** Port of the conductor; 0 takes a free one. */
  readonly apiPort: number;
  /** Port of the token service; likewise. */
  readonly tokenPort?: number | undefined;
  /** Where to keep databases and key ring; a temporary folder, removed at the end, when absent. */
  readonly data?: string | undefined;
  /** PostgreSQL instead of SQLite files. */
  readonly databaseUrl?: string | undefined;
  /** Invent machines to look at. */
  readonly simulator: boolean;
  readonly logger: Logger;
  /** Told what is being done. */
  readonly onProgress?: (text: string) => void;
}

/** A mesh that runs. */
export interface RunningMesh extends AsyncDisposable {
  /** The pages of screens and of serial consoles, without a token. */
  readonly pageUrl: string;
  readonly serialPageUrl: string;
  /** Where programs reach serial consoles, `host:port`. */
  readonly line: string;
  /** gRPC targets. */
  readonly api: string;
  readonly tokenApi: string;
  /** Simulated machines. */
  readonly nodes: readonly DemoNode[];
  /** Folder that is kept; undefined when everything goes with the end. */
  readonly data: string | undefined;
}

const loopback = '127.0.0.1';
/** What is worth having at its usual place, and not worth failing for. */
export const usualPorts = { token: 7120, serial: 6091, line: 6092 } as const;
const anywhere = { host: loopback, port: 0 };

/**
 * Starts every service in this process, each behind its own gRPC server, exactly as they run alone: what they know of each other are
 * targets. Rejects with what to do about it when a port is taken or something cannot start; then nothing is left.
 */
export async function startUp(options: UpOptions): Promise<RunningMesh> {
  const { host, simulator, logger, databaseUrl, onProgress = () => {} } = options;
  if (databaseUrl !== undefined && options.data === undefined) {
    throw new UsageError(
      'a database that stays needs a key ring that stays: say with --data in which folder it is kept',
    );
  }
  const page = await claimPort({ host, port: options.port, option: '--port' });
  const apiPort = await claimPort({ host: loopback, port: options.apiPort, option: '--api-port' });
  const tokenPort = await claimUsualPort({
    ...{ host: loopback, port: options.tokenPort, option: '--token-port' },
    usual: usualPorts.token,
  });
  const serialPage = await claimUsualPort({
    ...{ host, port: options.serialPort, option: '--serial-port' },
    usual: usualPorts.serial,
  });
  const linePort = await claimUsualPort({
    ...{ host: loopback, port: options.linePort, option: '--line-port' },
    usual: usualPorts.line,
  });
  const pageUrl = `http://${publicHost(host)}:${page}/`;
  const serialPageUrl = `http://${publicHost(host)}:${serialPage}/`;
  const closers = createClosers();
  try {
    const data = closers.use(await openDataFolder(options.data));
    const databaseOf = (service: string) => databaseUrl ?? `sqlite:${join(data.path, `${service}.sqlite`)}`;
    const part = (service: string) => ({ trust: plaintext, logger: logger.child({ part: service }) });

    onProgress('starting the token service');
    const token = closers.use(
      await startTokenService({
        ...part('token'),
        listen: { host: loopback, port: tokenPort },
        databaseUrl: databaseOf('token'),
      }),
    );
    const consoleLog = (driver: string) => ({ folder: join(data.path, 'console-logs', driver) });
    onProgress('starting drivers and providers');
    const drivers = [
      closers.use(await startVncDriver({ ...part('vnc'), listen: anywhere })),
      closers.use(await startDracDriver({ ...part('idrac-wsman'), listen: anywhere })),
      closers.use(
        await startIpmiSolDriver({
          ...part('ipmi-sol'),
          listen: anywhere,
          consoleLog: consoleLog('ipmi-sol'),
        }),
      ),
      closers.use(
        await startFakeDriver({ ...part('fake'), listen: anywhere, consoleLog: consoleLog('fake') }),
      ),
    ];
    const provider = closers.use(await startFakeProvider({ ...part('fake-provider'), listen: anywhere }));

    onProgress('starting the conductor');
    // Beside the data and not beside the database, which may be a PostgreSQL server. That it is new is no news here.
    const keyring = await readKeyRing(
      undefined,
      `sqlite:${join(data.path, 'conductor.sqlite')}`,
      silentLogger,
    );
    const conductor = closers.use(
      await startConductor({
        ...part('conductor'),
        listen: { host: loopback, port: apiPort },
        databaseUrl: databaseOf('conductor'),
        keyring,
        drivers: drivers.map(({ target }) => target),
        providers: [provider.target],
        tokenTarget: token.target,
        novncproxyUrl: pageUrl,
        serialproxyUrl: serialPageUrl,
      }),
    );
    onProgress('starting the proxies');
    const known = {
      grpcListen: anywhere,
      conductorTarget: conductor.target,
      tokenTarget: token.target,
    };
    closers.use(
      await startNovncproxy({
        ...part('novncproxy'),
        ...known,
        listen: { host, port: page },
        publicUrl: pageUrl,
      }),
    );
    closers.use(
      await startSerialproxy({
        ...part('serialproxy'),
        ...known,
        listen: { host, port: serialPage },
        publicUrl: serialPageUrl,
        line: { listen: { host: loopback, port: linePort }, tls: undefined },
      }),
    );

    const connection = connect(conductor.target, { trust: plaintext });
    closers.use(connection);
    if (simulator) onProgress('switching simulated machines on');
    const nodes = simulator ? await startDemo(connection, closers, logger) : [];
    return {
      pageUrl,
      serialPageUrl,
      line: `${loopback}:${linePort}`,
      api: `${loopback}:${apiPort}`,
      tokenApi: `${token.host}:${token.port}`,
      nodes,
      data: data.kept ? data.path : undefined,
      [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
    };
  } catch (error) {
    await closers[Symbol.asyncDispose]().then(undefined, () => {});
    throw error;
  }
}
