import type { Admission } from '@consolemesh/contracts/conductor';
import type { Redeemed } from '../admission/admit.ts';
import type { ConsoleScene } from './console-talk.ts';
import type { OpenedMessage } from './control-messages.ts';
import type { ProxyCore } from './core.ts';

/** The message that tells a client what it sees. */
export function openedMessage(
  core: ProxyCore,
  role: 'control' | 'view',
  redeemed: Redeemed,
  admission: Admission,
  scene: ConsoleScene | undefined,
): OpenedMessage {
  const { idleMs, longestMs } = core.times;
  const ends = [redeemed.sessionExpiresAt, longestMs > 0 ? core.now() + longestMs : undefined].filter(
    (end) => end !== undefined,
  );
  return {
    type: 'opened',
    session: redeemed.grant.sessionId,
    node: admission.session?.nodeName ?? '',
    kind: core.kind,
    role,
    subject: redeemed.grant.subject,
    resume: redeemed.resumeTicket,
    expiresAt: ends.length > 0 ? new Date(Math.min(...ends)).toISOString() : null,
    idleTimeoutMs: idleMs > 0 ? idleMs : null,
    unverifiedTls: admission.unverifiedTls,
    ...scene,
  };
}
