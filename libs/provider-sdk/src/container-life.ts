import { createHmac } from 'node:crypto';
import type { StartContainerRequest, StartContainerResponse } from '@consolemesh/contracts/provider';
import type { EndpointKind, TcpAddress } from '@consolemesh/driver-sdk';
import {
  endpointKinds,
  type Life,
  openTcpStream,
  type RelayDoor,
  relayEndpoint,
  tcpEndpoint,
} from '@consolemesh/driver-sdk/kit';
import { MeshError } from '@consolemesh/errors';
import type { Logger } from '@consolemesh/mesh';
import { measureStart } from './measure-start.ts';
import type { ContainerRuntime, ContainerSpec, RuntimeContainer } from './runtime.ts';
import { probeVnc, waitForVnc } from './wait-for-vnc.ts';

/** One incarnation of one console's container, as this instance holds it. */
export interface Incarnation {
  readonly spec: ContainerSpec;
  readonly acceptable: readonly EndpointKind[];
  readonly attachKey: Buffer;
  container: RuntimeContainer | undefined;
  answer: StartContainerResponse | undefined;
}

/** What containers begin, are looked at and end with. */
export interface LifeParts {
  /** The provider's, for metrics. */
  readonly name: string;
  readonly runtime: ContainerRuntime;
  readonly door: RelayDoor;
  readonly logger: Logger;
  readonly target: () => string;
  /** How long a VNC server may take to answer, ms. */
  readonly readyTimeoutMs: number;
}

/** Looking at a container that should stand already, ms. */
const probeTimeoutMs = 10_000;
/** Cleaning up after a start that failed, ms; the caller may be gone by then. */
const cleanUpTimeoutMs = 30_000;

/** The incarnation that a request asks for. */
export function incarnationOf(request: StartContainerRequest, fence: bigint): Incarnation {
  const { app, appInfo, consolePassword, readOnly, nodeName, attachKey } = request;
  const { consoleId, generation } = request.key!;
  const fingerprint = fingerprintOf(request);
  return {
    spec: { consoleId, generation, fence, app, appInfo, consolePassword, readOnly, nodeName, fingerprint },
    acceptable: request.acceptable.flatMap((kind) => endpointKinds.word(kind) ?? []),
    attachKey,
    container: undefined,
    answer: undefined,
  };
}

/**
 * Stands for what the container was made of. Keyed with the generation's attach key, so that it can be written on the container, where
 * every instance finds it, and tells nobody anything.
 */
function fingerprintOf({
  attachKey,
  app,
  appInfo,
  consolePassword,
  readOnly,
}: StartContainerRequest): string {
  const text = JSON.stringify([app, appInfo, consolePassword, readOnly]);
  return createHmac('sha256', attachKey)
    .update(`consolemesh-container-v1:${text}`)
    .digest('base64url')
    .slice(0, 32);
}

/** The life of the containers of one provider instance. */
export function createContainerLife(parts: LifeParts): Life<Incarnation, void> {
  const { runtime, door, logger } = parts;

  function addressOf({ spec, container }: Incarnation): TcpAddress {
    if (!container?.address)
      throw new MeshError('CONTAINER_FAILED', 'The runtime knows no address of the container.');
    return { ...container.address, password: spec.consolePassword };
  }

  /** The container that somebody else made for exactly this, if it works. */
  async function adopt(
    incarnation: Incarnation,
    found: readonly RuntimeContainer[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { spec } = incarnation;
    const same = found.find(
      (c) =>
        c.generation === spec.generation &&
        c.fingerprint === spec.fingerprint &&
        c.state !== 'ended' &&
        c.address,
    );
    if (!same) return false;
    incarnation.container = same;
    const timeoutMs = same.state === 'starting' ? parts.readyTimeoutMs : probeTimeoutMs;
    try {
      await waitForVnc(
        addressOf(incarnation),
        { timeoutMs, ended: () => whyEnded(incarnation, signal) },
        signal,
      );
      return true;
    } catch (error) {
      signal.throwIfAborted();
      logger.warn({ console: spec.consoleId, err: error }, 'a container does not answer and is made anew');
      return false;
    }
  }

  async function whyEnded({ spec }: Incarnation, signal: AbortSignal): Promise<string | undefined> {
    const found = await runtime.list(spec.consoleId, signal);
    const own = found.find((c) => c.generation === spec.generation);
    if (!own) return 'it is gone';
    return own.state === 'ended' ? (own.failure ?? 'the runtime does not say why') : undefined;
  }

  async function makeNew(incarnation: Incarnation, signal: AbortSignal): Promise<void> {
    incarnation.container = await runtime.start(incarnation.spec, signal);
    try {
      const ended = () => whyEnded(incarnation, signal);
      await waitForVnc(addressOf(incarnation), { timeoutMs: parts.readyTimeoutMs, ended }, signal);
    } catch (error) {
      await runtime
        .stop(incarnation.container, AbortSignal.timeout(cleanUpTimeoutMs))
        .catch((err: unknown) => {
          logger.warn(
            { console: incarnation.spec.consoleId, err },
            'a container that failed could not be removed',
          );
        });
      throw error;
    }
  }

  function answer(incarnation: Incarnation): StartContainerResponse {
    const { spec, acceptable, attachKey, container } = incarnation;
    const common = {
      maxSessions: runtime.maxSessions ?? 4,
      profile: runtime.profile ?? { forceShared: true },
    };
    const address = addressOf(incarnation);
    const runtimeName = container?.runtimeName ?? '';
    if (acceptable[0] === 'tcp') return { endpoints: [tcpEndpoint(address, common)], runtimeName };
    door.admit({
      consoleId: spec.consoleId,
      generation: spec.generation,
      kind: 'graphical',
      attachKey,
      maxSessions: common.maxSessions,
      open: (_client, signal) => openTcpStream('graphical', address, common.profile, signal),
      where: `the container ${runtimeName}`,
    });
    return { endpoints: [relayEndpoint(parts.target(), common, address.tls)], runtimeName };
  }

  /** Ends every container of a console up to a generation. */
  async function stopUpTo(
    generation: bigint,
    found: readonly RuntimeContainer[],
    signal: AbortSignal,
  ): Promise<void> {
    for (const container of found)
      if (container.generation <= generation) await runtime.stop(container, signal);
  }

  return {
    async create(incarnation, signal) {
      const { consoleId, generation, fence } = incarnation.spec;
      await measureStart(parts.name, async () => {
        const found = await runtime.list(consoleId, signal);
        if (found.some((c) => c.generation > generation)) throw new MeshError('STALE_GENERATION');
        if (found.some((c) => c.fence > fence)) throw new MeshError('STALE_FENCE');
        if (await adopt(incarnation, found, signal)) return 'adopted';
        await stopUpTo(generation, found, signal);
        await makeNew(incarnation, signal);
        return 'made';
      });
      incarnation.answer = answer(incarnation);
      logger.info(
        { console: consoleId, generation, container: incarnation.container?.runtimeName },
        'started a container',
      );
    },

    async verify(incarnation, signal) {
      const { consoleId } = incarnation.spec;
      if (door.sessions(consoleId) > 0) return true;
      if ((await whyEnded(incarnation, signal)) !== undefined) return false;
      try {
        await probeVnc(addressOf(incarnation), signal);
        return true;
      } catch (error) {
        signal.throwIfAborted();
        return error instanceof MeshError && error.reason === 'BMC_BUSY';
      }
    },

    async destroy({ spec: { consoleId, generation, fence } }, why, signal) {
      const reasons = {
        stopped: 'CONSOLE_DISABLED',
        superseded: 'STALE_GENERATION',
        replaced: 'UPSTREAM_LOST',
        repeated: 'UPSTREAM_LOST',
      } as const;
      await door.dismiss(consoleId, reasons[why]);
      const found = await runtime.list(consoleId, signal);
      if (why === 'stopped' && found.some((c) => c.generation <= generation && c.fence > fence)) {
        throw new MeshError('STALE_FENCE');
      }
      await stopUpTo(generation, found, signal);
      logger.info({ console: consoleId, generation, why }, 'stopped a container');
    },
  };
}
