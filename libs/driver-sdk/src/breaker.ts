import { createHmac, randomBytes } from 'node:crypto';
import { MeshError } from '@consolemesh/errors';
import { credentialReasons } from './bmc-error.ts';

/** Whom a call reaches, and with what. */
export interface BreakerCall {
  /** The machine; calls with the same word share a circuit. */
  readonly bmc: string;
  /** Fingerprint of options and credentials; see `fingerprintOf`. */
  readonly credentials: string;
  /** Somebody asked by hand: an open circuit is no reason to refuse, refused credentials are. */
  readonly byHand?: boolean;
}

/**
 * Keeps a driver from harming BMCs. Refused credentials are remembered and never tried again until they change; a machine that failed
 * several times in a row is left alone for a while, longer each time.
 */
export interface Breaker {
  /** Runs `work`, or throws what it threw last when trying again would harm. */
  guard<T>(call: BreakerCall, work: () => Promise<T>): Promise<T>;
}

interface Circuit {
  failures: number;
  /** Until when the machine is left alone, ms since the epoch. */
  openUntil: number;
  lastError: MeshError | undefined;
  /** Fingerprints of credentials that were refused, with the refusal. */
  refused: Map<string, MeshError>;
}

/** When a circuit opens and for how long. */
const limits = { failures: 5, firstPauseMs: 2_000, longestPauseMs: 60_000, circuits: 20_000, refusedEach: 8 };

/** A breaker with every circuit closed. `random` (0 to 1) spreads the pauses. */
export function createBreaker(now: () => number = Date.now, random: () => number = Math.random): Breaker {
  const circuits = new Map<string, Circuit>();

  function circuitOf(bmc: string): Circuit {
    let circuit = circuits.get(bmc);
    if (!circuit) {
      circuit = { failures: 0, openUntil: 0, lastError: undefined, refused: new Map() };
      if (circuits.size >= limits.circuits) circuits.delete(circuits.keys().next().value!);
      circuits.set(bmc, circuit);
    }
    return circuit;
  }

  function record(circuit: Circuit, call: BreakerCall, error: unknown): void {
    if (!(error instanceof MeshError) || !error.reason.startsWith('BMC_')) return;
    if (credentialReasons.has(error.reason)) {
      if (circuit.refused.size >= limits.refusedEach)
        circuit.refused.delete(circuit.refused.keys().next().value!);
      circuit.refused.set(call.credentials, error);
      return;
    }
    circuit.failures += 1;
    circuit.lastError = error;
    if (circuit.failures < limits.failures) return;
    const pause = Math.min(
      limits.firstPauseMs * 2 ** (circuit.failures - limits.failures),
      limits.longestPauseMs,
    );
    circuit.openUntil = now() + pause * (0.75 + 0.5 * random());
  }

  return {
    async guard(call, work) {
      const known = circuits.get(call.bmc);
      const refusal = known?.refused.get(call.credentials);
      if (refusal)
        throw again(refusal, 'not tried again until driver_info or driver_secrets of the node change');
      if (known?.lastError && !call.byHand && now() < known.openUntil) {
        const seconds = Math.ceil((known.openUntil - now()) / 1000);
        throw again(known.lastError, `left alone for ${seconds} s after ${known.failures} failures in a row`);
      }
      try {
        const result = await work();
        circuits.delete(call.bmc);
        return result;
      } catch (error) {
        record(circuitOf(call.bmc), call, error);
        throw error;
      }
    },
  };
}

function again(error: MeshError, note: string): MeshError {
  return new MeshError(error.reason, `${error.message.replace(/\.$/, '')} (${note}).`, {
    violations: error.violations,
    metadata: { ...error.metadata, remembered: 'true' },
  });
}

/** Of this process only, so that what is kept in memory cannot be used to guess a password. */
const fingerprintKey = randomBytes(32);

/** A fingerprint of any JSON-like value; the order of keys does not matter. Not reversible and of this process only. */
export function fingerprintOf(value: unknown): string {
  const text = JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return item.toString();
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return createHmac('sha256', fingerprintKey).update(text).digest('base64url');
}
