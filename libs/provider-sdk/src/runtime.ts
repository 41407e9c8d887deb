import type { Profile, TcpAddress } from '@consolemesh/driver-sdk';

/** A container to start. */
export interface ContainerSpec {
  readonly consoleId: string;
  readonly generation: bigint;
  readonly fence: bigint;
  /** Application, such as `dell-idrac9`; the runtime knows its image and limits. */
  readonly app: string;
  /** JSON object that the application needs. Secret: by file, never by environment or arguments. */
  readonly appInfo: string;
  /** Password of the VNC server. Secret, eight characters. */
  readonly consolePassword: string;
  /** The container takes no input. */
  readonly readOnly: boolean;
  /** For labels and messages. */
  readonly nodeName: string;
  /** Stands for everything above; no secret. To be kept with the container and given back. */
  readonly fingerprint: string;
}

/** What a runtime knows of a container that was started, by whichever instance. Everything but `address` and `state` is kept as labels. */
export interface RuntimeContainer {
  readonly consoleId: string;
  readonly generation: bigint;
  readonly fence: bigint;
  readonly app: string;
  readonly fingerprint: string;
  /** Name that operators find it by. */
  readonly runtimeName: string;
  /** `running` says that its processes run, not that VNC answers. */
  readonly state: 'starting' | 'running' | 'ended';
  /** Why it ended, in a sentence for operators; no secret. */
  readonly failure?: string | undefined;
  /** Where its VNC server is, once that is known. The password is not part of it. */
  readonly address?: Omit<TcpAddress, 'password'> | undefined;
}

/**
 * What an author of a provider writes; `serveProvider` does the rest (keys, fences, waiting for the VNC server, watching, relaying).
 * Everything may throw MeshError (IMAGE_UNAVAILABLE, CONTAINER_FAILED, RESOURCE_EXHAUSTED, PROVIDER_UNAVAILABLE …).
 */
export interface ContainerRuntime {
  /** `none`: any instance reaches every container; `instance`: only the one that started it. */
  readonly affinity: 'none' | 'instance';
  /** Clients that a container's VNC server bears at once; 4 when absent. */
  readonly maxSessions?: number;
  /** What its VNC servers bear. */
  readonly profile?: Profile;

  /** Makes the container and answers as soon as its address is known; the SDK waits for VNC. Rejecting, it leaves nothing behind. */
  start(spec: ContainerSpec, signal: AbortSignal): Promise<RuntimeContainer>;
  /** Ends it and everything that was made for it. One that is not there is no error. */
  stop(
    container: Pick<RuntimeContainer, 'consoleId' | 'generation' | 'runtimeName'>,
    signal: AbortSignal,
  ): Promise<void>;
  /** Every container of this provider, or those of one console: looked up in the runtime, not in memory. */
  list(consoleId: string | undefined, signal: AbortSignal): Promise<readonly RuntimeContainer[]>;
  /** Calls back when something changed, until the signal. Without it the SDK asks `list` from time to time. */
  watch?(changed: () => void, signal: AbortSignal): void;
  /** Whether it can work at all; `undefined` when it can. */
  probe?(): Promise<{ state: 'initialising' | 'broken'; message: string } | undefined>;
  /** Ends what the runtime object holds itself. Containers go on. */
  [Symbol.asyncDispose]?(): Promise<void>;
}
