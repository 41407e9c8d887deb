import type { Session } from '@consolemesh/ipmi';
import { inWords } from './in-words.ts';
import { type Access, login, sameLogin } from './login.ts';
import type { Lines } from './open-line.ts';
import { type IpmiNode, whereOf } from './options.ts';

/**
 * Does something in a session of its own, which is closed afterwards whatever happens.
 * @throws MeshError
 */
export async function withLogin<T>(
  node: IpmiNode,
  access: Access,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await login(node, access, signal);
  try {
    return await work(session);
  } catch (error) {
    throw inWords(error, node);
  } finally {
    await session.close();
  }
}

/** The same in the session of an open console where there is one, because BMCs have few. */
export async function withSession<T>(
  node: IpmiNode,
  parts: Access & { readonly lines: Lines },
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const held = parts.lines.held(whereOf(node));
  if (!held || !sameLogin(held.node, node)) return withLogin(node, parts, signal, work);
  try {
    return await held.use(work);
  } catch (error) {
    throw inWords(error, node);
  }
}
