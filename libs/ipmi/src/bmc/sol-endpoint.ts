import type { Clock } from '../clock.ts';
import { createAlarm } from '../clock.ts';
import { PAYLOAD } from '../codec/packet.ts';
import { encodeSol, OPERATION, SOL_STATUS, type SolPacket } from '../codec/sol.ts';
import {
  ACTIVATE,
  type ActivatePayloadRequest,
  type ActivatePayloadResponse,
} from '../commands/activate-payload.ts';
import { DEACTIVATE } from '../commands/deactivate-payload.ts';
import type { SolConfig } from '../sol/machine.ts';
import { charactersIn } from '../sol/sizes.ts';
import { createSolStream, type SolStream } from '../sol/stream.ts';
import { Completion } from './handlers.ts';
import type { BmcFaults } from './options.ts';
import { createSerialPort, type SerialPort } from './serial-port.ts';
import type { BmcSession } from './sessions.ts';

/** The BMC's end of SOL: one console at a time has the serial port. */
export interface SolEndpoint {
  /** The machine's side of the serial port. */
  readonly serial: SerialPort;
  readonly owner: BmcSession | undefined;
  /** The BMC cannot transfer characters: the machine is off, say. Consoles are told. */
  unavailable: boolean;
  activate(session: BmcSession, request: ActivatePayloadRequest): ActivatePayloadResponse;
  /** By anybody: the owner is told when it was not the owner. */
  deactivate(by: BmcSession | undefined): void;
  receive(session: BmcSession, packet: SolPacket): void;
  /** The machine sent a break, or characters were lost: consoles are told. */
  report(status: 'break' | 'overrun'): void;
  /** Its session is over: nothing is sent any more. */
  forget(session: BmcSession): void;
}

export interface SolEndpointOptions {
  clock: Clock;
  faults: BmcFaults;
  send(session: BmcSession, packet: Buffer): void;
  /** Whether SOL may be activated so; a completion code where not. */
  judge(session: BmcSession, request: ActivatePayloadRequest): number | undefined;
  /** Largest payload from the console, bytes with the header. */
  solBytes: number;
  /** The UDP port that answers name. */
  port(): number;
  /** Quirk of this BMC: acknowledges 0 characters and means all. */
  zeroAccepted: boolean;
  piggyback: boolean;
  config?: Partial<SolConfig>;
}

/** Largest packet to the console: what every console takes. */
const OUTBOUND_BYTES = 259;

export function createSolEndpoint(options: SolEndpointOptions): SolEndpoint {
  const { clock, faults } = options;
  const serial = createSerialPort();
  let active: { session: BmcSession; stream: SolStream; send(packet: SolPacket): void } | undefined;
  let unavailable = false;
  const alarm = createAlarm<'sol'>(clock, () => active?.stream.wake());

  function makeStream(send: (packet: SolPacket) => void): SolStream {
    return createSolStream({
      config: { maxCharacters: charactersIn(OUTBOUND_BYTES), ...options.config, side: 'bmc' },
      now: clock.now,
      transmit: (packet) => send(options.zeroAccepted ? { ...packet, accepted: 0 } : packet),
      wakeAt: (at) => alarm.set('sol', at),
      piggyback: options.piggyback,
      onFlags(flags) {
        if (flags & OPERATION.break) serial.emit('break');
      },
      room: (n) => (unavailable ? 0 : (faults.room?.(n) ?? n)),
      refusalMs: 0,
    });
  }

  function status(flags: number): SolPacket {
    return { sequence: 0, acknowledged: 0, accepted: 0, flags, characters: Buffer.alloc(0) };
  }

  function end(): void {
    const ending = active;
    active = undefined;
    ending?.stream.destroy();
  }

  return {
    serial,
    get owner() {
      return active?.session;
    },
    get unavailable() {
      return unavailable;
    },
    set unavailable(now) {
      if (unavailable === now) return;
      unavailable = now;
      active?.send(status(0));
    },
    activate(session, request) {
      const refusal = active !== undefined ? ACTIVATE.alreadyActive : options.judge(session, request);
      if (refusal !== undefined) throw new Completion(refusal);
      const protection = { encrypt: request.encrypt, authenticate: request.authenticate };
      session.channel.plainSol = !request.authenticate;
      const send = (packet: SolPacket) => {
        const flags = packet.flags | (unavailable ? SOL_STATUS.transferUnavailable : 0);
        options.send(session, session.channel.seal(PAYLOAD.sol, encodeSol({ ...packet, flags }), protection));
      };
      const stream = makeStream(send);
      active = { session, stream, send };
      stream.once('close', () => {
        if (active?.stream === stream) active = undefined;
      });
      serial.attach(stream);
      return {
        inboundBytes: options.solBytes,
        outboundBytes: OUTBOUND_BYTES,
        port: options.port(),
        vlan: 0xffff,
        ...faults.activation,
      };
    },
    deactivate(by) {
      if (active === undefined) throw new Completion(DEACTIVATE.alreadyInactive);
      if (active.session !== by) active.send(status(SOL_STATUS.deactivated));
      end();
    },
    receive(session, packet) {
      if (active?.session === session) active.stream.receive(packet);
    },
    report(what) {
      active?.send(status(what === 'break' ? SOL_STATUS.breakDetected : SOL_STATUS.overrun));
    },
    forget(session) {
      if (active?.session === session) end();
    },
  };
}
