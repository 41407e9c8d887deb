import { createHmac, randomBytes } from 'node:crypto';
import { MeshError, type Reason } from '@consolemesh/errors';
import { credentialReasons } from './bmc-error.ts';
import { createFirstTries } from './first-tries.ts';

/** Credentials that a call may present to a machine. */
export interface Login {
  /** The option that a refusal is about, such as `driver_secrets.drac_password`; empty when nobody says. */
  readonly field: string;
  /** Of all that the login is made of; see `fingerprintOf`. */
  readonly fingerprint: string;
}

/** Whom a call reaches, and with what. */
export interface BreakerCall {
  /** The machine; calls with the same word share a circuit. */
  readonly bmc: string;
  /** All that the call may present. */
  readonly logins: readonly Login[];
  /** The option that a refusal is about when the error's metadata name no `field`. */
  readonly fields?: Partial<Record<Reason, string>> | undefined;
  /** Somebody asked by hand: an open circuit is no reason to refuse, refused credentials are. */
  readonly byHand?: boolean;
  /** A success does not mean that every login was accepted: some may not have been needed. */
  readonly provesNothing?: boolean;
  /** Ends the wait for another call that tries the same login. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Keeps a driver from harming BMCs. Refused credentials are remembered and never tried again until they change, and ones that were not
 * accepted yet are tried by one call at a time; a machine that failed several times in a row is left alone for a while, longer each time.
 */
export interface Breaker {
  /**
   * Runs `work`, or throws what it threw last when trying again would harm.
   * @throws MeshError BMC_BUSY when another call has been trying the same login for too long, CANCELLED when the signal ends the wait
   */
  guard<T>(call: BreakerCall, work: () => Promise<T>): Promise<T>;
  /** What is remembered of logins that were refused. Tries nothing. */
  refusals(bmc: string, logins: readonly Login[]): MeshError[];
  /** Machines that are left alone at present, and logins that are remembered as refused. */
  counts(): { readonly open: number; readonly refused: number };
}

interface Circuit {
  failures: number;
  /** Until when the machine is left alone, ms since the epoch. */
  openUntil: number;
  lastError: MeshError;
}

/** When a circuit opens and for how long; how much is remembered. */
const limits = {
  failures: 5,
  firstPauseMs: 2_000,
  longestPauseMs: 60_000,
  circuits: 20_000,
  refusals: 20_000,
};

/** A breaker with every circuit closed. `random` (0 to 1) spreads the pauses. */
export function createBreaker(now: () => number = Date.now, random: () => number = Math.random): Breaker {
  const circuits = new Map<string, Circuit>();
  const refused = createRefusals(limits.refusals);
  const tries = createFirstTries();

  function judge({ bmc, logins, byHand }: BreakerCall): void {
    const [refusal] = refused.of(bmc, logins);
    if (refusal) throw refusal;
    const circuit = circuits.get(bmc);
    if (!circuit || byHand || now() >= circuit.openUntil) return;
    const seconds = Math.ceil((circuit.openUntil - now()) / 1000);
    throw again(circuit.lastError, `left alone for ${seconds} s after ${circuit.failures} failures in a row`);
  }

  function record(call: BreakerCall, error: unknown): void {
    if (!(error instanceof MeshError) || !error.reason.startsWith('BMC_')) return;
    const guilty = credentialReasons.has(error.reason) ? blamed(call, error) : [];
    if (guilty.length > 0) {
      refused.add(call.bmc, guilty, error);
      tries.doubt(guilty.map((login) => keyOf(call.bmc, login)));
      return;
    }
    // A machine that says when to come again works; whoever asks then has waited already.
    if (error.reason === 'BMC_BUSY' && error.metadata.retry_after_ms) return;
    const failures = (circuits.get(call.bmc)?.failures ?? 0) + 1;
    const pause = Math.min(limits.firstPauseMs * 2 ** (failures - limits.failures), limits.longestPauseMs);
    const openUntil = failures < limits.failures ? 0 : now() + pause * (0.75 + 0.5 * random());
    keep(circuits, call.bmc, { failures, openUntil, lastError: withoutCause(error) }, limits.circuits);
  }

  return {
    refusals: refused.of,
    counts() {
      let open = 0;
      for (const { openUntil } of circuits.values()) if (openUntil > now()) open += 1;
      return { open, refused: refused.size };
    },
    async guard(call, work) {
      const keys = call.logins.map((login) => keyOf(call.bmc, login));
      using turn = await tries.turn(keys, () => judge(call), call.signal);
      try {
        const result = await work();
        // Refusals stay: others of the same machine may be configured with them.
        circuits.delete(call.bmc);
        if (!call.provesNothing) turn.accepted();
        return result;
      } catch (error) {
        record(call, error);
        throw error;
      }
    },
  };
}

/** The logins that a refusal is about: the one that it names, else the usual one, else any. None when it names one that is not the node's. */
function blamed({ logins, fields }: BreakerCall, error: MeshError): readonly Login[] {
  const { field } = error.metadata;
  const meant = logins.filter((login) => login.field === (field ?? fields?.[error.reason]));
  return meant.length > 0 || field !== undefined ? meant : logins;
}

function createRefusals(most: number) {
  const all = new Map<string, MeshError>();
  return {
    get size() {
      return all.size;
    },
    add(bmc: string, logins: readonly Login[], error: MeshError): void {
      for (const login of logins) {
        const field = logins.length === 1 ? login.field : '';
        keep(all, keyOf(bmc, login), withoutCause(error, field ? { field } : {}), most);
      }
    },
    of(bmc: string, logins: readonly Login[]): MeshError[] {
      return logins.flatMap((login) => {
        const key = keyOf(bmc, login);
        const error = all.get(key);
        if (!error) return [];
        keep(all, key, error, most);
        return [again(error, 'not tried again until these credentials of the node change')];
      });
    },
  };
}

function keyOf(bmc: string, { field, fingerprint }: Login): string {
  return [bmc, field, fingerprint].join('\n');
}

/** Sets what is then the youngest, and forgets the oldest. */
function keep<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key);
  if (map.size >= most) map.delete(map.keys().next().value!);
  map.set(key, value);
}

/** What is kept for long shall not hold on to connections. */
function withoutCause({ reason, message, violations, metadata }: MeshError, more = {}): MeshError {
  return new MeshError(reason, message, { violations, metadata: { ...metadata, ...more } });
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
