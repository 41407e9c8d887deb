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
import { type Bmc, type BmcUser, createBmc, type Handler, handler, serveBmc } from '@consolemesh/ipmi/bmc';
import type { Clock } from '../clock.ts';
import type { IdracUser, Privilege } from '../idrac/bmc/types.ts';
import { createRandom } from '../machine/random.ts';
import type { RunningMachine } from '../run-machine.ts';
import type { Listen } from '../vnc/start-vnc-face.ts';
import { coldReset } from './cold-reset.ts';
import { connectLine } from './connect-line.ts';
import { createChassis } from './create-chassis.ts';
import { createFaults, madeWith, solAnswer, takeAway } from './create-faults.ts';
import type { IpmiMisbehaviour } from './misbehaviour.ts';

export interface IpmiFaceOptions {
  /** UDP; a free port of 127.0.0.1 unless told. */
  listen?: Listen | undefined;
  /** They get the numbers from 2 on. One administrator, root with the password calvin, unless told. */
  users?: readonly IdracUser[] | undefined;
  /** K_g, 20 bytes at most; none unless told. */
  kg?: string | undefined;
  device?: Partial<DeviceId> | undefined;
  /**
   * The object may be changed while it runs; number of sessions, inactivity, cipher suites, piggyback and quirks count
   * at the start.
   */
  misbehave?: IpmiMisbehaviour | undefined;
  /** For how long it is away after a reset; 5 seconds unless told. */
  resetMs?: number | undefined;
}

/** IPMI 2.0 of one machine: its power, its boot, and its serial line as SOL. */
export interface IpmiFace extends AsyncDisposable {
  readonly address: Listen;
  readonly misbehave: IpmiMisbehaviour;
  /** Sessions, who has the serial line, faults. */
  readonly bmc: Bmc;
  /** IPMI over LAN: false = as if nothing were there. */
  lan: boolean;
  /** Whether SOL may be activated. */
  sol: boolean;
  /** Another console takes the serial line and keeps it for so long. @param quietly nobody is told */
  steal(options?: { holdMs?: number; quietly?: boolean }): void;
  /** Forgets all sessions without a word. */
  loseSessions(): void;
  /** Starts the BMC anew: sessions are lost, nothing answers for a while. The machine does not notice. */
  reset(): void;
}

/** The factory's. */
export const defaultUsers: readonly IdracUser[] = [
  { name: 'root', password: 'calvin', privilege: 'administrator' },
];

/** @throws when the address cannot be listened on */
export async function startIpmiFace(
  machine: RunningMachine,
  clock: Clock,
  options: IpmiFaceOptions = {},
): Promise<IpmiFace> {
  const { misbehave = {}, users = defaultUsers, kg } = options;
  const { listen = { host: '127.0.0.1', port: 0 } } = options;
  const { identity } = machine;
  const timers = createTimers(clock);
  let downUntil = Number.NEGATIVE_INFINITY;
  let thiefUntil = Number.NEGATIVE_INFINITY;
  const steal = ({ holdMs = 0, quietly = false } = {}) => {
    thiefUntil = clock.now() + holdMs;
    takeAway(bmc, quietly);
  };
  const reset = () => {
    downUntil = clock.now() + (options.resetMs ?? 5000);
    bmc.lose();
  };
  const taken = () => clock.now() < thiefUntil;
  const switches = { lan: true, sol: true };
  const device = deviceOf(options.device);
  const quirks = quirksOf(misbehave);

  const bmc: Bmc = createBmc({
    users: users.map(ipmiUser),
    ...(kg && { kg }),
    guid: Buffer.from(identity.uuid.replaceAll('-', ''), 'hex'),
    chassis: createChassis(machine),
    deviceId: device,
    quirks,
    clock,
    ...madeWith(misbehave),
    handlers: [
      ...watchedHandlers(() => bmc, { misbehave, device, taken }),
      handler(coldReset, 4, () => {
        // After the answer, which the session's own keys protect.
        timers.after(10, reset);
        return {};
      }),
    ],
    faults: createFaults({
      misbehave,
      random: createRandom(`${identity.name}/${identity.uuid}/ipmi`),
      clock,
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
    }),
  });
  const nonsense = { get: () => solAnswer(misbehave, quirks, bmc.port), enumerable: true };
  Object.defineProperty(bmc.faults, 'activation', nonsense);

  const follow = () => {
    bmc.solUnavailable = (misbehave.unavailableWhenOff ?? false) && machine.power === 'off';
  };
  const line = connectLine(machine.serial, bmc);
  const power = machine.watchPower(follow);
  follow();
  const stop = async (server?: AsyncDisposable) => {
    for (const part of [timers, power, line]) part[Symbol.dispose]();
    await server?.[Symbol.asyncDispose]();
    bmc[Symbol.dispose]();
  };
  const server = await serveBmc(bmc, listen).catch(async (error: Error) => {
    await stop();
    throw error;
  });

  return {
    address: { host: listen.host, port: server.port },
    misbehave,
    bmc,
    get lan() {
      return switches.lan;
    },
    set lan(on) {
      switches.lan = on;
      if (!on) bmc.lose();
    },
    get sol() {
      return switches.sol;
    },
    set sol(on) {
      switches.sol = on;
      if (!on) takeAway(bmc, false);
    },
    steal,
    loseSessions: () => bmc.lose(),
    reset,
    [Symbol.asyncDispose]: () => stop(server),
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

function deviceOf(device: Partial<DeviceId> = {}): DeviceId {
  return {
    deviceId: 0x20,
    deviceRevision: 1,
    providesSdrs: false,
    firmware: { major: 1, minor: 0 },
    updating: false,
    ipmiVersion: { major: 2, minor: 0 },
    supports: 0x80,
    manufacturer: 0,
    product: 0,
    ...device,
  };
}

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

/** Timers that end together. */
function createTimers(clock: Clock) {
  const waiting = new Set<Disposable>();
  return {
    after(ms: number, callback: () => void) {
      const timer = clock.after(ms, () => {
        waiting.delete(timer);
        callback();
      });
      waiting.add(timer);
    },
    [Symbol.dispose]() {
      for (const timer of waiting) timer[Symbol.dispose]();
      waiting.clear();
    },
  };
}
