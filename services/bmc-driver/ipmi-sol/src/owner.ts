import {
  getPayloadInstance,
  getSessionInfo,
  getUserName,
  IpmiError,
  type RunOptions,
  type Session,
  SOL_INSTANCE,
  SOL_PAYLOAD,
} from '@consolemesh/ipmi';

/** Who has the serial console of a machine, as far as its BMC tells. */
export interface Owner {
  /** Session as the BMC numbers owners: some by session id, some by a handle. Never 0. */
  readonly id: number;
  /** User slot, 1..63. */
  readonly user?: number | undefined;
  readonly name?: string | undefined;
  /** Where its console sits, as the BMC sees it. */
  readonly address?: string | undefined;
  readonly port?: number | undefined;
}

/** Answers "not told" for what a BMC does not know, and throws when it does not answer at all. */
async function told<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof IpmiError && ['COMMAND_FAILED', 'MALFORMED'].includes(error.code)) return undefined;
    throw error;
  }
}

/**
 * Asks who has the console; undefined when nobody has it, or when the BMC does not tell.
 * @throws IpmiError when the BMC does not answer
 */
export async function askOwner(session: Session, signal: AbortSignal): Promise<Owner | undefined> {
  const owner = await identifyOwner(session, { signal });
  if (owner?.user === undefined) return owner;
  const named = await told(session.run(getUserName, { user: owner.user }, { signal }));
  return { ...owner, name: named?.name || undefined };
}

/** The same without the name, which costs a question more and tells nobody apart. */
export async function identifyOwner(session: Session, options: RunOptions): Promise<Owner | undefined> {
  const sol = { payloadType: SOL_PAYLOAD, instance: SOL_INSTANCE };
  const instance = await told(session.run(getPayloadInstance, sol, options));
  if (instance === undefined || instance.owner === 0) return undefined;
  const id = instance.owner;
  const info = await told(session.run(getSessionInfo, { sessionId: id }, options));
  if (!info?.session) return { id };
  const { user, address, port } = info.session;
  return { id, user, address, port };
}

/** Whether no session but ours is open at the BMC: then whoever is said to have the console is gone. False where it does not tell. */
export async function isAlone(session: Session, signal: AbortSignal): Promise<boolean> {
  const sessionId = session.info.bmcSessionId;
  const info = await told(session.run(getSessionInfo, { sessionId }, { signal }));
  return info !== undefined && info.handle !== 0 && info.activeSessions === 1;
}

/** Both are the same session, as far as is told. An id alone proves little where a BMC counts from 1, so all that is known has to agree. */
export function sameOwner(a: Owner, b: Owner): boolean {
  const agrees = <T>(x: T | undefined, y: T | undefined) => x === undefined || y === undefined || x === y;
  return a.id === b.id && agrees(a.user, b.user) && agrees(a.address, b.address) && agrees(a.port, b.port);
}

/** `user "root" at 10.0.0.9:50123 (BMC session 0x1f)`, or as much of it as is known. */
export function ownerInWords(owner: Owner | undefined): string {
  if (owner === undefined) return 'somebody else';
  const who = owner.name ? `user "${owner.name}"` : owner.user ? `user ${owner.user}` : 'somebody';
  const at = owner.address ? ` at ${owner.address}${owner.port ? `:${owner.port}` : ''}` : '';
  return `${who}${at} (BMC session 0x${owner.id.toString(16)})`;
}
