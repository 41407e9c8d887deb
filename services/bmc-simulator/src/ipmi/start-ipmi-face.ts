import type { DeviceId } from '@consolemesh/ipmi';
import { type Bmc, serveBmc } from '@consolemesh/ipmi/bmc';
import type { Clock } from '../clock.ts';
import type { IdracUser } from '../idrac/bmc/types.ts';
import type { RunningMachine } from '../run-machine.ts';
import type { Listen } from '../vnc/start-vnc-face.ts';
import { connectLine } from './connect-line.ts';
import { takeAway } from './create-faults.ts';
import { createSimulatedBmc } from './create-simulated-bmc.ts';
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
  /** Replaces the users, which get the numbers from 2 on. Sessions that are open stay. */
  setUsers(users: readonly IdracUser[]): void;
  /** Another console takes the serial line and keeps it for so long. @param quietly nobody is told */
  steal(options?: { holdMs?: number; quietly?: boolean }): void;
  /** Forgets all sessions without a word. */
  loseSessions(): void;
  /** Starts the BMC anew: sessions are lost, nothing answers for a while. The machine does not notice. */
  reset(): void;
}

/** @throws when the address cannot be listened on */
export async function startIpmiFace(
  machine: RunningMachine,
  clock: Clock,
  options: IpmiFaceOptions = {},
): Promise<IpmiFace> {
  const { misbehave = {}, listen = { host: '127.0.0.1', port: 0 } } = options;
  const simulated = createSimulatedBmc(machine, clock, { ...options, misbehave });
  const { bmc, switches } = simulated;
  const follow = () => {
    bmc.solUnavailable = (misbehave.unavailableWhenOff ?? false) && machine.power === 'off';
  };
  const parts = [machine.watchPower(follow), connectLine(machine.serial, bmc), simulated];
  follow();
  const stop = async (server?: AsyncDisposable) => {
    await server?.[Symbol.asyncDispose]();
    for (const part of parts) part[Symbol.dispose]();
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
    setUsers: simulated.setUsers,
    steal: simulated.steal,
    loseSessions: () => bmc.lose(),
    reset: simulated.reset,
    [Symbol.asyncDispose]: () => stop(server),
  };
}
