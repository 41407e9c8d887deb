import { PAYLOAD, RMCP_PLUS } from '../codec/packet.ts';

/** What the table knows of a flow. */
export interface Entry {
  readonly address: string;
  readonly port: number;
  sessionId: number;
  onPacket(packet: Buffer): void;
}

/** Finds the flow that a packet is for. */
export interface FlowTable<E extends Entry> {
  /** Gives it an id of its own. */
  add(entry: E): void;
  renew(entry: E): number;
  remove(entry: E): void;
  /** Hands the packet to whom it is for; false = nobody. */
  dispatch(packet: Buffer, address: string, port: number): boolean;
  readonly size: number;
}

/** Bytes of the RMCP header and of the RMCP+ header before the payload, and where in answers of setup our id stands. */
const RMCP = 4;
const SETUP_ID_AT = RMCP + 12 + 4;
const SETUP_ANSWERS: readonly number[] = [PAYLOAD.openSessionResponse, PAYLOAD.rakp2, PAYLOAD.rakp4];

/**
 * By our session id where a packet names it (in the header, or in the payload while a session is set up), otherwise by who sent it.
 * An id counts only together with the address it belongs to.
 * @param randomId 32 random bits
 */
export function createFlowTable<E extends Entry>(randomId: () => number): FlowTable<E> {
  const bySessionId = new Map<number, E>();
  const byRemote = new Map<string, Set<E>>();

  const remote = (address: string, port: number) => `${address} ${port}`;

  function renew(entry: E): number {
    if (bySessionId.get(entry.sessionId) === entry) bySessionId.delete(entry.sessionId);
    let id: number;
    do id = randomId() >>> 0;
    while (id === 0 || bySessionId.has(id));
    entry.sessionId = id;
    bySessionId.set(id, entry);
    return id;
  }

  return {
    add(entry) {
      renew(entry);
      const key = remote(entry.address, entry.port);
      const flows = byRemote.get(key) ?? new Set();
      byRemote.set(key, flows.add(entry));
    },
    renew,
    remove(entry) {
      if (bySessionId.get(entry.sessionId) === entry) bySessionId.delete(entry.sessionId);
      const key = remote(entry.address, entry.port);
      const flows = byRemote.get(key);
      flows?.delete(entry);
      if (flows?.size === 0) byRemote.delete(key);
    },
    dispatch(packet, address, port) {
      const id = sessionIdOf(packet);
      if (id !== 0) {
        const entry = bySessionId.get(id);
        if (entry === undefined || entry.address !== address || entry.port !== port) return false;
        entry.onPacket(packet);
        return true;
      }
      const flows = byRemote.get(remote(address, port));
      if (flows === undefined) return false;
      for (const entry of [...flows]) entry.onPacket(packet);
      return true;
    },
    get size() {
      return bySessionId.size;
    },
  };
}

/** 0 where the packet names none. Does not judge whether the packet is valid. */
function sessionIdOf(packet: Buffer): number {
  if (packet.length < RMCP + 10 || packet[RMCP] !== RMCP_PLUS) return 0;
  const type = packet[RMCP + 1]! & 0x3f;
  const at = RMCP + 2 + (type === PAYLOAD.oemExplicit ? 6 : 0);
  if (packet.length < at + 4) return 0;
  const id = packet.readUInt32LE(at);
  if (id !== 0 || !SETUP_ANSWERS.includes(type)) return id;
  return packet.length >= SETUP_ID_AT + 4 ? packet.readUInt32LE(SETUP_ID_AT) : 0;
}
