import {
  type Admission,
  type InUse,
  type OpenSessionResponse,
  SessionServiceDefinition,
} from '@consolemesh/contracts/conductor';
import {
  type Grant,
  type RedeemTokenRequest,
  type RedeemTokenResponse,
  TokenServiceDefinition,
} from '@consolemesh/contracts/token';
import { ConsoleKind } from '@consolemesh/contracts/types';
import { MeshError, type Reason } from '@consolemesh/errors';
import { type Connection, fromTimestamp } from '@consolemesh/mesh';

/** What a client shows: the token of its link, or the ticket that its tab got with the last answer. */
export type Credential = { readonly token: string } | { readonly resume: string };

/** What redeeming a credential gave. */
export interface Redeemed {
  readonly grant: Grant;
  /** The tab's next ticket; good once. */
  readonly resumeTicket: string;
  /** When the session ends at the latest, ms since the epoch. */
  readonly sessionExpiresAt: number | undefined;
  /** When the token service was asked, ms since the epoch: a revocation that arrived later concerns this session too. */
  readonly redeemedAt: number;
  readonly answer: RedeemTokenResponse;
}

/** The two steps that let a client in. Both throw MeshError with a reason that a client can be told. */
export interface Admitter {
  redeem(credential: Credential): Promise<Redeemed>;
  /** Asks the conductor for a place. A grant that has become too old is renewed with the ticket: then `redeemed` is newer. */
  open(
    redeemed: Redeemed,
    options: { takeOver: boolean; clientAddress: string },
  ): Promise<{ redeemed: Redeemed; outcome: Outcome }>;
}

export type Outcome =
  | { readonly kind: 'admitted'; readonly admission: Admission }
  | { readonly kind: 'in-use'; readonly inUse: InUse };

/** How to let clients in; the connections bring the deadline of a call. */
export interface AdmitterOptions {
  readonly tokenService: Connection;
  readonly conductor: Connection;
  readonly proxyId: string;
  readonly kind: 'graphical' | 'serial';
  readonly now: () => number;
}

/** Longest credential that is passed on; a token has 43 characters. */
const longestCredential = 4096;

/** Lets clients in by the token service and the conductor. */
export function createAdmitter(options: AdmitterOptions): Admitter {
  const { proxyId, now } = options;
  const tokens = options.tokenService.client(TokenServiceDefinition);
  const sessions = options.conductor.client(SessionServiceDefinition);
  const kind = options.kind === 'graphical' ? ConsoleKind.GRAPHICAL : ConsoleKind.SERIAL;

  const redeem: Admitter['redeem'] = async (credential) => {
    const redeemedAt = now();
    const answer = await reachable(
      'TOKEN_SERVICE_UNAVAILABLE',
      tokens.redeemToken({ credential: toContract(credential), proxyId, kind }),
    );
    const { contents } = answer;
    if (!contents?.key || !answer.grant) {
      throw new MeshError('INTERNAL', 'The token service answered without a grant.');
    }
    const sessionExpiresAt = fromTimestamp(answer.sessionExpiresAt ?? contents.sessionExpiresAt);
    return { grant: contents, resumeTicket: answer.resumeTicket, sessionExpiresAt, redeemedAt, answer };
  };

  const ask = async ({ answer }: Redeemed, takeOver: boolean, clientAddress: string) =>
    outcomeOf(
      await reachable(
        'CONDUCTOR_UNAVAILABLE',
        sessions.openSession({ grant: answer.grant, proxyId, takeOver, clientAddress }),
      ),
    );

  return {
    redeem,
    async open(redeemed, { takeOver, clientAddress }) {
      try {
        return { redeemed, outcome: await ask(redeemed, takeOver, clientAddress) };
      } catch (error) {
        if (!(error instanceof MeshError) || error.reason !== 'GRANT_EXPIRED') throw error;
        const renewed = await redeem({ resume: redeemed.resumeTicket });
        return { redeemed: renewed, outcome: await ask(renewed, takeOver, clientAddress) };
      }
    },
  };
}

function toContract(credential: Credential): RedeemTokenRequest['credential'] {
  const secret = 'token' in credential ? credential.token : credential.resume;
  if (secret.length === 0 || secret.length > longestCredential) {
    throw new MeshError('token' in credential ? 'TOKEN_INVALID' : 'RESUME_INVALID');
  }
  return 'token' in credential ? { $case: 'token', value: secret } : { $case: 'resumeTicket', value: secret };
}

function outcomeOf({ outcome }: OpenSessionResponse): Outcome {
  if (outcome?.$case === 'inUse') return { kind: 'in-use', inUse: outcome.value };
  const admission = outcome?.value;
  if (!admission?.session?.key || !admission.endpoint?.transport) {
    throw new MeshError('INTERNAL', 'The conductor admitted a session without saying where its stream is.');
  }
  return { kind: 'admitted', admission };
}

/** Names the service that did not answer instead of the transport's trouble. */
async function reachable<T>(reason: Reason, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    throw silent.has(error.reason) ? new MeshError(reason, undefined, { cause: error }) : error;
  }
}

const silent: ReadonlySet<Reason> = new Set<Reason>([
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'CANCELLED',
  'DRAINING',
  'STORE_UNAVAILABLE',
]);
