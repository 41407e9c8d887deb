import {
  type DeviceId,
  getDeviceId,
  getPayloadActivation,
  getPayloadInstance,
  NO_QUIRKS,
  type PRIVILEGE,
  QUIRKS,
  type Quirks,
} from '@consolemesh/ipmi';
import {
  type Bmc,
  type BmcUser,
  createBmc,
  DEFAULT_DEVICE,
  type Handler,
  handler,
} from '@consolemesh/ipmi/bmc';
import type { Clock } from '../clock.ts';
import { defaultUsers } from '../idrac/bmc/default-users.ts';
import type { IdracUser, Privilege } from '../idrac/bmc/types.ts';
import { createRandom } from '../machine/random.ts';
import type { RunningMachine } from '../run-machine.ts';
import { coldReset } from './cold-reset.ts';
import { createChassis } from './create-chassis.ts';
import { createFaults, madeWith, solAnswer, takeAway } from './create-faults.ts';
import { createTimers } from './create-timers.ts';
import type { IpmiMisbehaviour } from './misbehaviour.ts';

/** The BMC of a machine above the network, with what can happen to it. */
export interface SimulatedBmc extends Disposable {
  readonly bmc: Bmc;
  /** IPMI over LAN and SOL, on or off. */
  readonly switches: { lan: boolean; sol: boolean };
  /** Replaces the users. Sessions that are open stay. */
  setUsers(users: readonly IdracUser[]): void;
  steal(options?: { holdMs?: number; quietly?: boolean }): void;
  reset(): void;
}

export interface SimulatedBmcOptions {
  readonly users?: readonly IdracUser[] | undefined;
  readonly kg?: string | undefined;
  readonly device?: Partial<DeviceId> | undefined;
  readonly misbehave: IpmiMisbehaviour;
  readonly resetMs?: number | undefined;
}

export function createSimulatedBmc(
  machine: RunningMachine,
  clock: Clock,
  { users = defaultUsers, kg, misbehave, resetMs = 5000, ...options }: SimulatedBmcOptions,
): SimulatedBmc {
  const { name, uuid } = machine.identity;
  const timers = createTimers(clock);
  const switches = { lan: true, sol: true };
  const device = { ...DEFAULT_DEVICE, ...options.device };
  const quirks = quirksOf(misbehave);
  let downUntil = Number.NEGATIVE_INFINITY;
  let thiefUntil = Number.NEGATIVE_INFINITY;
  const taken = () => clock.now() < thiefUntil;
  const steal = ({ holdMs = 0, quietly = false } = {}) => {
    thiefUntil = clock.now() + holdMs;
    takeAway(bmc, quietly);
  };
  const reset = () => {
    downUntil = clock.now() + resetMs;
    bmc.lose();
  };
  const faults = createFaults({
    misbehave,
    random: createRandom(`${name}/${uuid}/ipmi`),
    up: () => switches.lan && clock.now() >= downUntil,
    solEnabled: () => switches.sol,
    taken,
    onSol(what) {
      if (what === 'deactivated') thiefUntil = Number.NEGATIVE_INFINITY;
      const theft = misbehave.steal;
      if (what === 'activated' && theft) timers.after(theft.afterMs, () => bmc.solOwner && steal(theft));
    },
    onLogin() {
      const { loseAfterMs } = misbehave;
      if (loseAfterMs !== undefined) timers.after(loseAfterMs, () => bmc.lose());
    },
  });
  // After the answer, which the session's own keys protect.
  const resetSoon = handler(coldReset, 4, () => {
    timers.after(10, reset);
    return {};
  });
  const bmc: Bmc = createBmc({
    users: users.map(ipmiUser),
    ...(kg && { kg }),
    guid: Buffer.from(uuid.replaceAll('-', ''), 'hex'),
    chassis: createChassis(machine),
    deviceId: device,
    quirks,
    clock,
    ...madeWith(misbehave),
    handlers: [...watchedHandlers(() => bmc, { misbehave, device, taken }), resetSoon],
    faults,
  });
  const nonsense = { get: () => solAnswer(misbehave, quirks, bmc.port), enumerable: true };
  Object.defineProperty(bmc.faults, 'activation', nonsense);
  return {
    bmc,
    switches,
    setUsers: (next) => bmc.setUsers(next.map(ipmiUser)),
    steal,
    reset,
    [Symbol.dispose]() {
      timers[Symbol.dispose]();
      bmc[Symbol.dispose]();
    },
  };
}

/** Answers that depend on who has the line: a thief is nobody's session, and some BMCs never answer keepalives. */
function watchedHandlers(
  bmc: () => Bmc,
  { misbehave, device, taken }: { misbehave: IpmiMisbehaviour; device: DeviceId; taken: () => boolean },
): Handler[] {
  const never = new Promise<never>(() => {});
  const deafTo = (session: unknown) =>
    misbehave.deafKeepalive && session !== undefined && session === bmc().solOwner;
  const owner = () => (taken() ? thief : (bmc().solOwner?.id ?? 0));
  return [
    handler(getDeviceId, user, (_request, { session }) => (deafTo(session) ? never : device)),
    handler(getPayloadInstance, user, (_request, { session }) =>
      deafTo(session) ? never : { owner: owner(), information: Buffer.from([1]) },
    ),
    handler(getPayloadActivation, user, () => ({ capacity: 1, active: owner() === 0 ? 0 : 1 })),
  ];
}

const user: (typeof PRIVILEGE)['user'] = 2;
/** The session id of somebody who is not there. */
const thief = 0x7e7e7e7e;

function ipmiUser({ name, password, privilege }: IdracUser, index: number): BmcUser {
  return { id: index + 2, name, password, privilege: privileges[privilege] };
}

const privileges: Readonly<Record<Privilege, BmcUser['privilege']>> = {
  administrator: 'administrator',
  operator: 'operator',
  readonly: 'user',
};

function quirksOf({ quirks = [] }: IpmiMisbehaviour): Quirks {
  return Object.assign({}, NO_QUIRKS, ...quirks.map((name) => QUIRKS[name].quirks)) as Quirks;
}
