import {
  ACTIVATE,
  COMPLETION,
  getAuthCapabilities,
  getCipherSuites,
  type Quirks,
  STATUS,
} from '@consolemesh/ipmi';
import type { Bmc, BmcFaults } from '@consolemesh/ipmi/bmc';
import type { Random } from '../machine/random.ts';
import type { IpmiMisbehaviour, LoginRefusal } from './misbehaviour.ts';

export interface FaultsOptions {
  /** Read at every packet and command: it may change. */
  misbehave: IpmiMisbehaviour;
  random: Random;
  /** Whether the BMC is there at all: enabled, not restarting. */
  up(): boolean;
  solEnabled(): boolean;
  /** Whether a console that nobody sees has the line. */
  taken(): boolean;
  /** Somebody took or gave back the line. */
  onSol(what: 'activated' | 'deactivated'): void;
  onLogin(): void;
}

/** Those parts of a BMC's faults that stay the same functions; what they do follows `misbehave`. */
export function createFaults(options: FaultsOptions): BmcFaults {
  const { misbehave, random, up } = options;
  const strikes = (percent: number | undefined) => percent !== undefined && random.next() * 100 < percent;
  let packets = 0;
  return {
    packet(direction, packet) {
      if (!up() || misbehave.silent || strikes(misbehave.drop)) return 'drop';
      if (misbehave.noPing && direction === 'in' && packet[3] === rmcpClassAsf) return 'drop';
      const { delayMs = 0, loginDelayMs = 0 } = misbehave;
      const late =
        delayMs + (isLoginAnswer(packet) ? loginDelayMs : 0) + (strikes(misbehave.reorder) ? reorderMs : 0);
      if (late > 0) return { delayMs: late };
      return strikes(misbehave.duplicate) ? 'double' : undefined;
    },
    room(free) {
      packets++;
      const { nack, partial = free } = misbehave;
      return nack && packets % nack === 0 ? 0 : Math.min(free, partial);
    },
    completion(name) {
      if (misbehave.busy && !discovery.includes(name)) {
        misbehave.busy--;
        return COMPLETION.busy;
      }
      if (name === 'Deactivate Payload') options.onSol('deactivated');
      if (name !== 'Activate Payload') return undefined;
      if (misbehave.sol === 'disabled' || !options.solEnabled()) return ACTIVATE.disabled;
      if (misbehave.sol === 'limit') return ACTIVATE.limit;
      if (misbehave.sol === 'taken' || options.taken()) return ACTIVATE.alreadyActive;
      options.onSol('activated');
      return undefined;
    },
    status(message) {
      const refusal = misbehave.login && refusals[misbehave.login];
      if (refusal?.message === message) return refusal.status;
      if (message === 'RAKP 4') options.onLogin();
      return undefined;
    },
  };
}

/** The sizes and the port that the answer to Activate Payload names, where they are nonsense. */
export function solAnswer(
  { solSize, solPort, swapped }: IpmiMisbehaviour,
  { ignoreSolSizes, ignoreSolPort }: Quirks,
  port: number,
): BmcFaults['activation'] {
  const size = solSize ?? (ignoreSolSizes ? nonsense : usualSize);
  const shown = (value: number) => (swapped ? ((value & 0xff) << 8) | (value >> 8) : value);
  return {
    inboundBytes: shown(size),
    outboundBytes: shown(size),
    port: shown(solPort ?? (ignoreSolPort ? nonsense : port)),
  };
}

/** What of all this the BMC has to be made with. */
export function madeWith({ maxSessions, inactivityMs, suites, noSuiteList, piggyback }: IpmiMisbehaviour) {
  return {
    ...(maxSessions !== undefined && { maxSessions }),
    ...(inactivityMs !== undefined && { inactivityMs }),
    ...(suites && { suites }),
    ...(noSuiteList && { listsSuites: false }),
    ...(piggyback && { piggyback }),
  };
}

/** Takes the serial line away from whoever has it. @param quietly nobody is told */
export function takeAway(bmc: Bmc, quietly: boolean): void {
  const { packet } = bmc.faults;
  if (quietly) bmc.faults.packet = () => 'drop';
  bmc.steal();
  if (packet) bmc.faults.packet = packet;
}

/** What is asked before anybody has logged in. */
const discovery: readonly string[] = [getAuthCapabilities.name, getCipherSuites.name];
const usualSize = 259;
const nonsense = 0xffff;
const reorderMs = 50;
const rmcpClassAsf = 6;

const refusals: Readonly<
  Record<LoginRefusal, { message: 'Open Session' | 'RAKP 2' | 'RAKP 4'; status: number }>
> = {
  full: { message: 'Open Session', status: STATUS.noResources },
  'unknown-user': { message: 'RAKP 2', status: STATUS.unauthorizedName },
  'no-privilege': { message: 'RAKP 2', status: STATUS.unauthorizedRole },
  'bad-integrity': { message: 'RAKP 4', status: STATUS.invalidIntegrityCheck },
};

/** Open Session Response, RAKP 2 and RAKP 4: their payload types stand in the second byte behind RMCP's four. */
function isLoginAnswer(packet: Buffer): boolean {
  const type = (packet[5] ?? 0) & 0x3f;
  return packet[4] === rmcpPlus && (type === 0x11 || type === 0x13 || type === 0x15);
}
const rmcpPlus = 6;
