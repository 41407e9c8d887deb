/** A console that a BMC offers over a WebSocket. */
export interface WebSocketConsole {
  readonly transport: 'websocket';
  /** Path of the ComputerSystem. */
  readonly system: string;
  /** Path and query on the Redfish service. */
  readonly path: string;
  /** It takes what is typed; false where it only shows. */
  readonly interactive: boolean;
}

/** A console that a BMC offers over SSH. */
export interface SshConsole {
  readonly transport: 'ssh';
  readonly system: string;
  readonly port: number;
  /** To be typed at a command line before the console is there (`ConsoleEntryCommand`). */
  readonly command?: string | undefined;
  /** How people are told to leave it (`HotKeySequenceDisplay`). */
  readonly exit?: string | undefined;
  /** Fingerprint of the host key that was there when the console was enabled, where that one is trusted. */
  readonly hostKey?: string | undefined;
}

export type Found = WebSocketConsole | SshConsole;

/** As driver_state, JSON: what was found when the console was enabled. */
export function encodeFound(found: Found): Buffer {
  return Buffer.from(JSON.stringify({ v: 1, ...found }));
}

/** The inverse; undefined for what is none, or was written by something else. */
export function decodeFound(state: Buffer): Found | undefined {
  if (state.length === 0) return undefined;
  try {
    const { v, ...found } = JSON.parse(state.toString()) as { v: unknown } & Record<string, unknown>;
    if (v !== 1 || typeof found.system !== 'string') return undefined;
    const known =
      (found.transport === 'websocket' && typeof found.path === 'string') ||
      (found.transport === 'ssh' && typeof found.port === 'number');
    return known ? (found as unknown as Found) : undefined;
  } catch {
    return undefined;
  }
}

/** `over a WebSocket (/console0)`, for people. */
export function foundInWords(found: Found): string {
  return found.transport === 'websocket'
    ? `over a WebSocket (${found.path})`
    : `over SSH (port ${found.port})`;
}
