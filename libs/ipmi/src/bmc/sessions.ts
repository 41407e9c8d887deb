import type { SecureChannel } from '../session/secure-channel.ts';
import type { BmcUser } from './user.ts';

/** One session as the BMC sees it. */
export interface BmcSession {
  readonly id: number;
  readonly consoleId: number;
  readonly user: BmcUser;
  readonly suite: number;
  /** The most that was agreed on, and what is in force. */
  readonly maxPrivilege: number;
  privilege: number;
  readonly channel: SecureChannel;
  /** Where its packets last came from, and how to answer there. */
  from: string;
  reply(packet: Buffer): void;
  /** When a packet last came, ms. */
  heardAt: number;
  /** The last request and its answer, so that a retransmission is answered, not done again. */
  last?: { request: Buffer; response: Buffer | undefined };
}

/** The sessions of one BMC: bounded, and forgotten when nothing comes. */
export interface SessionTable {
  readonly size: number;
  get(id: number): BmcSession | undefined;
  add(session: BmcSession): void;
  /** @param why ends up at `onEnd` */
  remove(session: BmcSession, why: 'closed' | 'inactive' | 'lost'): void;
  /** A number that no session has. */
  freeId(): number;
  /** Ends what was inactive for too long. */
  sweep(now: number): void;
  all(): BmcSession[];
}

export function createSessionTable(options: {
  inactivityMs: number;
  random: (bytes: number) => Buffer;
  onEnd(session: BmcSession, why: 'closed' | 'inactive' | 'lost'): void;
}): SessionTable {
  const sessions = new Map<number, BmcSession>();
  const table: SessionTable = {
    get size() {
      return sessions.size;
    },
    get: (id) => sessions.get(id),
    add: (session) => void sessions.set(session.id, session),
    remove(session, why) {
      if (sessions.get(session.id) !== session) return;
      sessions.delete(session.id);
      options.onEnd(session, why);
    },
    freeId() {
      for (;;) {
        const id = options.random(4).readUInt32LE();
        if (id !== 0 && !sessions.has(id)) return id;
      }
    },
    sweep(now) {
      for (const session of [...sessions.values()]) {
        if (now - session.heardAt >= options.inactivityMs) table.remove(session, 'inactive');
      }
    },
    all: () => [...sessions.values()],
  };
  return table;
}
