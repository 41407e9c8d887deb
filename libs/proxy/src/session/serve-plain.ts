import { MeshError } from '@consolemesh/errors';
import type { Credential } from '../admission/admit.ts';
import { carrySession } from './carry-session.ts';
import type { Client } from './client.ts';
import type { ProxyCore } from './core.ts';
import { mayOpen, requireRate } from './may-open.ts';
import { createOpening, type Opening } from './opening.ts';
import { readmission } from './readmission.ts';
import { refuse } from './refuse.ts';

/** What a client wants that is asked nothing back. */
export interface PlainWish {
  /** Undefined when it showed none. */
  readonly credential: Credential | undefined;
  /** It takes the place of whoever is there, where it may. */
  readonly takeOver?: boolean;
  /** It only wants to watch, whatever its token allows. */
  readonly watch?: boolean;
}

/** Serves a client that is let in or refused without a conversation: unmodified noVNC, a raw connection, the line door. Never throws. */
export function servePlain(core: ProxyCore, client: Client, wish: PlainWish): Promise<void> {
  const opening = createOpening(core.kind);
  return opening.run(() => letIn(core, client, wish, opening));
}

async function letIn(core: ProxyCore, client: Client, wish: PlainWish, opening: Opening): Promise<void> {
  const { credential, takeOver = false, watch = false } = wish;
  try {
    requireRate(core, client.address);
    if (!credential) throw new MeshError('TOKEN_INVALID', 'The link holds no token; ask for a new one.');
    await mayOpen(core);
    const redeemed = await core.admitter.redeem(credential);
    const answer = await core.admitter.open(redeemed, { takeOver, clientAddress: client.address });
    if (answer.outcome.kind === 'in-use') {
      const { subject } = answer.outcome.inUse;
      throw new MeshError('CONSOLE_IN_USE', `${subject || 'Somebody'} is using the console at present.`);
    }
    const { redeemed: newest, outcome } = answer;
    const again = takeOver || 'resume' in credential ? readmission(core, newest, client.address) : undefined;
    await carrySession(core, client, {
      redeemed: newest,
      admission: outcome.admission,
      opening,
      watch,
      again,
    });
  } catch (error) {
    refuse(core, client, opening, error);
  }
}
