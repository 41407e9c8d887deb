import { PAYLOAD } from '../codec/packet.ts';
import { encodeRmcp, parseRmcp } from '../codec/rmcp.ts';
import type { SessionKeys } from '../crypto/keys.ts';
import { openPacket, type PlainPacket, sealPacket } from '../crypto/protect.ts';
import { createSequenceWindow, nextSequence } from '../crypto/sequence-window.ts';
import type { Quirks } from '../quirks.ts';
import { unlessMalformed } from './dialogue.ts';

/** Protection of one session: numbers, seals and opens its packets. The same for both sides. */
export interface SecureChannel {
  /** A packet ready for the wire. */
  seal(payloadType: number, payload: Buffer, protection?: Protection): Buffer;
  /** The plain packet; undefined for what is forged, doubled, too old, too weakly protected or no packet of this session. */
  open(packet: Buffer): PlainPacket | undefined;
  /** SOL packets that are not authenticated are taken: the line was activated so. */
  plainSol: boolean;
}

export interface Protection {
  /** Default what the suite does. */
  encrypt?: boolean;
  authenticate?: boolean;
}

export interface SecureChannelOptions {
  keys: SessionKeys;
  /** Whose id packets carry that we send, and that we take. */
  peerSessionId: number;
  ownSessionId: number;
  random: (bytes: number) => Buffer;
  integrityPad?: Quirks['integrityPad'];
}

const IV_BYTES = 16;

export function createSecureChannel(options: SecureChannelOptions): SecureChannel {
  const { keys, random } = options;
  // Authenticated and other packets count separately, both ways (IPMI 2.0 section 6.12.12).
  let nextAuthenticated = 1;
  let nextPlain = 1;
  const authenticated = createSequenceWindow({ leaps: true });
  const plain = createSequenceWindow({ leaps: false });
  const iv = () => random(IV_BYTES);

  const channel: SecureChannel = {
    plainSol: false,
    seal(payloadType, payload, { encrypt = true, authenticate = true } = {}) {
      const sequence = authenticate ? nextAuthenticated : nextPlain;
      if (authenticate) nextAuthenticated = nextSequence(sequence);
      else nextPlain = nextSequence(sequence);
      const packet = {
        payloadType,
        encrypted: encrypt && keys.suite.encrypts,
        authenticated: authenticate,
        sessionId: options.peerSessionId,
        sequence,
        payload,
      };
      return encodeRmcp('ipmi', sealPacket(packet, keys, iv, options.integrityPad));
    },
    open(received) {
      const packet = unlessMalformed(() => {
        const { kind, body } = parseRmcp(received);
        return kind === 'ipmi' ? openPacket(body, keys) : undefined;
      });
      if (packet === undefined || packet.sessionId !== options.ownSessionId) return undefined;
      const weak = !packet.authenticated && !(channel.plainSol && packet.payloadType === PAYLOAD.sol);
      if (weak) return undefined;
      const window = packet.authenticated ? authenticated : plain;
      return window.accept(packet.sequence) ? packet : undefined;
    },
  };
  return channel;
}
