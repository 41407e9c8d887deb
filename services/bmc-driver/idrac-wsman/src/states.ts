import type { Values, Wire } from './settings-port.ts';

/** What has to be put back, as PrepareConsole answers it. Holds no secret. */
export interface RestoreState {
  readonly wire: Wire;
  readonly before: Values;
  readonly after: Values;
  readonly takenOver: boolean;
}

/** How a started console is reached, as StartConsole answers it. */
export interface DriverState {
  readonly wire: Wire;
  readonly port: number;
  readonly tls: boolean;
  /** Secret. */
  readonly password: string;
}

/** JSON with a version: `{ v: 1, … }`. */
export function encodeState(state: RestoreState | DriverState): Buffer {
  return Buffer.from(JSON.stringify({ v: 1, ...state }));
}

/** Undefined when it is empty, or not of this version of this driver. */
export function decodeRestoreState(state: Buffer): RestoreState | undefined {
  const { wire, before, after, takenOver } = parse(state);
  if (!isWire(wire) || !isValues(before) || !isValues(after)) return undefined;
  return { wire, before, after, takenOver: takenOver === true };
}

/** The same for the state of a started console. */
export function decodeDriverState(state: Buffer): DriverState | undefined {
  const { wire, port, tls, password } = parse(state);
  if (!isWire(wire) || !Number.isInteger(port) || typeof password !== 'string') return undefined;
  return { wire, port: port as number, tls: tls === true, password };
}

function parse(state: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(state.toString('utf8'));
    const known = typeof value === 'object' && value !== null && (value as { v?: unknown }).v === 1;
    return known ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isWire(value: unknown): value is Wire {
  return value === 'wsman' || value === 'redfish';
}

function isValues(value: unknown): value is Values {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((item) => typeof item === 'string');
}
