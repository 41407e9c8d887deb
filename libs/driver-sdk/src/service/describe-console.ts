import { type Console, ConsolePhase } from '@consolemesh/contracts/driver';
import { MeshError } from '@consolemesh/errors';
import { toTimestamp } from '@consolemesh/mesh';
import { ConsoleLost } from '../console-lost.ts';
import type { Driver } from '../driver.ts';
import type { GenerationGate, Seen } from '../generation-gate.ts';
import type { RelayDoor } from '../relay/relay-door.ts';
import { endpointKinds, kinds } from '../words.ts';
import { type ConsoleLife, type StopResult, troubleOf } from './console-life.ts';
import { type Incarnation, newIncarnation, type Trouble } from './incarnation.ts';
import type { ReadCall } from './read-calls.ts';

/** Says how consoles are. */
export interface ConsoleDescriber {
  /** Looks at a console, unless somebody looked within `maxAgeMs`. */
  look(read: ReadCall, maxAgeMs: number, signal: AbortSignal): Promise<Console>;
  /** What is known of a console that this instance holds; touches nothing. */
  describe(seen: Seen<Incarnation>): Console;
}

/** Longest look at one machine, ms; GetConsole has 30 s. */
const lookTimeoutMs = 28_000;

/** A describer for one driver instance. */
export function createConsoleDescriber(parts: {
  driver: Driver;
  gate: GenerationGate<Incarnation, StopResult>;
  life: ConsoleLife;
  door: RelayDoor;
  now: () => number;
}): ConsoleDescriber {
  const { driver, gate, life, door, now } = parts;
  const looking = new Map<string, Promise<void>>();
  /** Troubles of consoles that other instances hold, so that a lasting one keeps its time. */
  const elsewhere = new Map<string, Trouble>();

  /** One look at a time for each console; its end does not depend on who waits for it. */
  function lookOnce(incarnation: Incarnation): Promise<void> {
    const { consoleId } = incarnation.call;
    let look = looking.get(consoleId);
    if (!look) {
      look = life.look(incarnation, AbortSignal.timeout(lookTimeoutMs)).catch((error: unknown) => {
        const slow = new MeshError('BMC_TIMEOUT', 'The machine did not answer in time.', { cause: error });
        incarnation.trouble = troubleOf(slow, incarnation.trouble, now());
      });
      look = look.finally(() => looking.delete(consoleId));
      looking.set(consoleId, look);
    }
    return look;
  }

  function describe(seen: Seen<Incarnation>): Console {
    const { incarnation } = seen;
    if (!incarnation) return gone(seen.consoleId, seen.generation);
    const { call, answer, trouble } = incarnation;
    const failed =
      seen.phase === 'failed' ? troubleOf(seen.failure, undefined, incarnation.lookedAt) : undefined;
    return {
      key: { consoleId: call.consoleId, generation: call.generation },
      kind: kinds.number(call.kind),
      fence: call.fence,
      phase: phaseOf(seen, trouble),
      failure: failureOf(failed ?? trouble),
      endpoints: answer?.endpoints ?? [],
      driverState: (incarnation.stateIsNewer && answer?.driverState) || Buffer.alloc(0),
      sessions: door.sessions(call.consoleId),
    };
  }

  /** A console that this instance does not hold: others may, or nobody. */
  async function lookElsewhere({ call, envelope, violations }: ReadCall): Promise<Console> {
    const nobody = { ...gone(call.consoleId, call.generation), kind: kinds.number(call.kind) };
    if (!envelope) return nobody;
    const affinity = driver.consoles.find((console) => console.kind === call.kind)?.affinity;
    if (affinity === 'instance' || endpointKinds.word(envelope.answer.chosen) === 'relay') {
      return { ...nobody, failure: failureOf({ error: new MeshError('NOT_HELD'), at: now() }) };
    }
    const wish = { acceptable: [], excluded: [], consolePassword: '', attachKey: Buffer.alloc(0) };
    const incarnation = newIncarnation(call, wish);
    incarnation.trouble = elsewhere.get(call.consoleId);
    if (violations.length > 0) {
      const error = new MeshError(
        'FIELD_INVALID',
        violations.map((v) => `${v.field} ${v.message}`).join('; '),
      );
      incarnation.trouble = troubleOf(error, incarnation.trouble, now());
    } else await lookOnce(incarnation);
    const { trouble } = incarnation;
    elsewhere.delete(call.consoleId);
    if (trouble && elsewhere.size < 50_000) elsewhere.set(call.consoleId, trouble);
    return {
      ...nobody,
      fence: call.fence,
      phase: phaseFor(trouble),
      failure: failureOf(trouble),
      endpoints: envelope.answer.endpoints,
    };
  }

  return {
    describe,
    async look(read, maxAgeMs) {
      const { consoleId, generation } = read.call;
      const seen = gate.find(consoleId);
      if (seen && seen.generation > generation) {
        const error = new MeshError('STALE_GENERATION');
        return { ...gone(consoleId, generation), failure: failureOf({ error, at: now() }) };
      }
      const held = seen?.incarnation;
      if (!seen || !held || held.call.generation !== generation) {
        if (seen && seen.stoppedGeneration >= generation) return gone(consoleId, generation);
        return lookElsewhere(read);
      }
      if (seen.phase === 'started' && now() - held.lookedAt > maxAgeMs) await lookOnce(held);
      return describe(gate.find(consoleId) ?? seen);
    },
  };
}

function phaseOf(seen: Seen<Incarnation>, trouble: Trouble | undefined): ConsolePhase {
  if (seen.phase === 'starting') return ConsolePhase.STARTING;
  return seen.phase === 'started' ? phaseFor(trouble) : ConsolePhase.STOPPED;
}

/** A started console that is lost is shown as what it is: not there. */
function phaseFor(trouble: Trouble | undefined): ConsolePhase {
  if (!trouble) return ConsolePhase.READY;
  return trouble.error instanceof ConsoleLost ? ConsolePhase.STOPPED : ConsolePhase.DEGRADED;
}

function failureOf(trouble: Trouble | undefined): Console['failure'] {
  return (
    trouble && { reason: trouble.error.reason, message: trouble.error.message, at: toTimestamp(trouble.at) }
  );
}

function gone(consoleId: string, generation: bigint): Console {
  return {
    key: { consoleId, generation },
    kind: 0,
    fence: 0n,
    phase: ConsolePhase.STOPPED,
    failure: undefined,
    endpoints: [],
    driverState: Buffer.alloc(0),
    sessions: 0,
  };
}
