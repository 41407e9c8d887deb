import type { Clock } from '../clock.ts';
import type { ActivatePayloadResponse } from '../commands/activate-payload.ts';
import type { BootFlags } from '../commands/boot-options.ts';
import type { ChassisAction } from '../commands/chassis-control.ts';
import type { DeviceId } from '../commands/device-id.ts';
import type { Quirks } from '../quirks.ts';
import type { Handler } from './handlers.ts';
import type { BmcUser } from './user.ts';

/** The machine behind a BMC, as far as IPMI can see it. */
export interface Chassis {
  powerOn(): boolean;
  control(action: ChassisAction): void | Promise<void>;
  bootFlags?(): BootFlags;
  setBootFlags?(flags: BootFlags): void;
}

/** Ways to misbehave. All may be changed at any time. */
export interface BmcFaults {
  /** What happens to one packet, in or out. */
  packet?: (direction: 'in' | 'out', packet: Buffer) => 'drop' | 'double' | { delayMs: number } | undefined;
  /** Of so many characters for which there is room, how many are taken. */
  room?: (free: number) => number;
  /** Replaces fields of the answer to Activate Payload: nonsense sizes and ports. */
  activation?: Partial<ActivatePayloadResponse>;
  /** Answers a command with this completion code instead of doing it. */
  completion?: (name: string) => number | undefined;
  /** Answers a message of the login with this status code. */
  status?: (message: 'Open Session' | 'RAKP 2' | 'RAKP 4') => number | undefined;
}

export interface BmcOptions {
  users: readonly BmcUser[];
  /** Default none. */
  kg?: string | Uint8Array;
  /** Ids of cipher suites; default 3 and 17. */
  suites?: readonly number[];
  /** false = it does not answer Get Channel Cipher Suites. Default true. */
  listsSuites?: boolean;
  /** 16 bytes; default random. */
  guid?: Uint8Array;
  /** Default 15. */
  maxSessions?: number;
  /** Sessions without packets end after this, ms. Default 60000 (IPMI 2.0 section 6.12.15). */
  inactivityMs?: number;
  deviceId?: Partial<DeviceId>;
  chassis?: Chassis;
  /** Further commands, or other answers to those there are. */
  handlers?: readonly Handler[];
  /** Deviations from the specification: what a console cures with the same quirk. */
  quirks?: Partial<Quirks>;
  faults?: BmcFaults;
  /** UDP port that answers name; default 623, or where `serveBmc` listens. */
  port?: number;
  /** Largest SOL payload that it takes, bytes with the header. Default 259. */
  solBytes?: number;
  /** SOL acknowledges ride on data. Default false, because ipmitool loses such data. */
  piggyback?: boolean;
  clock?: Clock;
  random?: (bytes: number) => Buffer;
}
