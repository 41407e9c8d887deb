import type {
  Container,
  ProviderServiceImplementation,
  StartContainerRequest,
} from '@consolemesh/contracts/provider';
import type { ConsoleKey } from '@consolemesh/contracts/types';
import {
  createLimiter,
  endpointKinds,
  type GenerationGate,
  pageOf,
  type RelayDoor,
  requireKey,
} from '@consolemesh/driver-sdk/kit';
import { MeshError, type Violation, violationsError } from '@consolemesh/errors';
import { type Incarnation, incarnationOf } from './container-life.ts';
import {
  describeContainer,
  type FailureTimes,
  goneContainer,
  startingContainer,
} from './describe-container.ts';
import type { ContainerRuntime, RuntimeContainer } from './runtime.ts';
import { probeVnc } from './wait-for-vnc.ts';
import { watchContainers } from './watch-containers.ts';

/** What the service of one provider instance is made of. */
export interface ProviderServiceParts {
  readonly runtime: ContainerRuntime;
  readonly gate: GenerationGate<Incarnation, void>;
  readonly door: RelayDoor;
  /** Time between two looks at all containers, ms. */
  readonly checkIntervalMs: number;
  readonly now: () => number;
}

/** Containers that StopAllContainers ends at once. */
const stopsAtOnce = 8;

/** provider.v1 of any provider. */
export function createProviderService(parts: ProviderServiceParts): ProviderServiceImplementation {
  const { runtime, gate, door, now } = parts;
  const times: FailureTimes = new Map();

  /** Why a container that runs does not answer; only where its password is known, since half an authentication gets us locked out. */
  async function notReady(found: RuntimeContainer, signal: AbortSignal): Promise<MeshError | undefined> {
    const seen = gate.find(found.consoleId);
    const { spec } = seen?.incarnation ?? {};
    if (seen?.phase !== 'started' || spec?.generation !== found.generation || !found.address)
      return undefined;
    if (found.state !== 'running' || door.sessions(found.consoleId) > 0) return undefined;
    try {
      await probeVnc({ ...found.address, password: spec.consolePassword }, signal);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MeshError)) throw error;
      return error.reason === 'BMC_BUSY' ? undefined : new MeshError('CONTAINER_FAILED', error.message);
    }
  }

  /** Every container, those included that are being made and that the runtime does not show yet. */
  async function listAll(signal: AbortSignal): Promise<Container[]> {
    const found = await runtime.list(undefined, signal);
    const known = new Set(found.map((c) => `${c.consoleId}/${c.generation}`));
    const making = gate
      .held()
      .filter(
        ({ phase, incarnation: i }) =>
          phase === 'starting' && i && !known.has(`${i.spec.consoleId}/${i.spec.generation}`),
      );
    const all = [
      ...found.map((c) => describeContainer(c, gate.find(c.consoleId), { now: now(), times })),
      ...making.map(startingContainer),
    ];
    return all.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  }

  return {
    async startContainer(request, { signal }) {
      requireKey(request.key, 'key');
      requireStart(request);
      const { consoleId, generation } = request.key;
      // What it is made of, and how it is offered.
      const fingerprint = `${incarnationOf(request, 0n).spec.fingerprint}/${request.acceptable.join()}/${request.attachKey.toString('base64')}`;
      const incarnation = await gate.start(
        { consoleId, generation, fence: request.fence, signal },
        fingerprint,
        (fence) => incarnationOf(request, fence),
      );
      return incarnation.answer!;
    },

    async stopContainer(request, { signal }) {
      requireKey(request.key, 'key');
      const { consoleId, generation } = request.key;
      await gate.stop({ consoleId, generation, fence: request.fence, signal }, (fence) =>
        orphan(request.key!, fence),
      );
      return {};
    },

    async stopAllContainers(request, { signal }) {
      const keep = new Set(request.keep.map((key) => `${key.consoleId}/${key.generation}`));
      const doomed = (await runtime.list(undefined, signal)).filter(
        (c) => !keep.has(`${c.consoleId}/${c.generation}`),
      );
      const limiter = createLimiter(stopsAtOnce);
      const stopped: ConsoleKey[] = [];
      const stops = doomed.map((c) =>
        limiter(async () => {
          const { consoleId, generation } = c;
          const seen = gate.find(consoleId)?.fence ?? 0n;
          const fence = seen > c.fence ? seen : c.fence;
          await gate.stop({ consoleId, generation, fence, signal }, (highest) => orphan(c, highest));
          stopped.push({ consoleId, generation });
        }),
      );
      const failed = (await Promise.allSettled(stops)).filter((result) => result.status === 'rejected');
      if (failed[0])
        throw new MeshError(
          'CONTAINER_FAILED',
          `${failed.length} of ${doomed.length} containers could not be stopped; try again.`,
          { cause: failed[0].reason },
        );
      return { stopped };
    },

    async getContainer(request, { signal }) {
      requireKey(request.key, 'key');
      const { key } = request;
      const seen = gate.find(key.consoleId);
      const found = (await runtime.list(key.consoleId, signal)).find((c) => c.generation === key.generation);
      if (found) {
        const options = { now: now(), times, notReady: await notReady(found, signal) };
        return { container: describeContainer(found, seen, options) };
      }
      const starting = seen?.phase === 'starting' && seen.incarnation?.spec.generation === key.generation;
      return {
        container: starting ? startingContainer(seen) : goneContainer(key, seen, { now: now(), times }),
      };
    },

    async listContainers(request, { signal }) {
      const { items, nextPageToken } = pageOf(await listAll(signal), idOf, request);
      return { containers: items, nextPageToken };
    },

    watchContainers: (_request, { signal }) => watchContainers({ ...parts, list: listAll }, signal),
  };
}

/** Console and generation as one word in the order of the console. */
function idOf({ key }: Container): string {
  return `${key!.consoleId}/${key!.generation.toString().padStart(20, '0')}`;
}

/** Stands for a container that another instance made, so that it can be stopped. */
function orphan({ consoleId, generation }: ConsoleKey, fence: bigint): Incarnation {
  const none = { app: '', appInfo: '', consolePassword: '', readOnly: false, nodeName: '', fingerprint: '' };
  return {
    spec: { consoleId, generation, fence, ...none },
    acceptable: [],
    attachKey: Buffer.alloc(0),
    container: undefined,
    answer: undefined,
  };
}

function requireStart(request: StartContainerRequest): void {
  const mistakes: Violation[] = [];
  const mistake = (field: string, empty: boolean, message: string) =>
    mistakes.push({ field, reason: empty ? 'FIELD_REQUIRED' : 'FIELD_INVALID', message });
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(request.app)) {
    mistake('app', request.app === '', 'expected lower-case letters, digits and hyphens, at most 63');
  }
  if (request.appInfo !== '' && !isJsonObject(request.appInfo))
    mistake('app_info', false, 'expected a JSON object of at most 64 KiB');
  if (request.consolePassword === '')
    mistake('console_password', true, 'is not set; expected eight characters');
  if (request.attachKey.length !== 32)
    mistake('attach_key', request.attachKey.length === 0, 'expected 32 bytes');
  const kinds = request.acceptable.map((kind) => endpointKinds.word(kind));
  if (kinds.length === 0) mistake('acceptable', true, 'is empty; expected TCP or RELAY');
  if (kinds.some((kind) => kind !== 'tcp' && kind !== 'relay'))
    mistake('acceptable', false, 'expected TCP and RELAY only');
  if (mistakes.length > 0) throw violationsError(mistakes);
}

function isJsonObject(text: string): boolean {
  if (text.length > 64 * 1024) return false;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
