import { DEFAULT_SUITES, openSession, type Session, type Transport } from '@consolemesh/ipmi';
import { inWords } from './in-words.ts';
import type { LearnedQuirks } from './learned-quirks.ts';
import { type IpmiNode, whereOf } from './options.ts';
import { parseQuirks } from './parse-quirks.ts';
import type { Timings } from './timings.ts';

/** What every login needs. */
export interface Access {
  /** One UDP socket for all sessions of this process. */
  readonly transport: Transport;
  readonly timings: Timings;
  readonly learned: LearnedQuirks;
}

const privileges = {
  CALLBACK: 'callback',
  USER: 'user',
  OPERATOR: 'operator',
  ADMINISTRATOR: 'administrator',
} as const;

/**
 * Logs in to the BMC of a node; whoever calls has to close the session.
 * @throws MeshError BMC_*
 */
export async function login(
  node: IpmiNode,
  { transport, timings, learned }: Access,
  signal: AbortSignal,
): Promise<Session> {
  const { info, secrets } = node;
  const asked = parseQuirks(info.ipmi_quirks).names;
  const where = whereOf(node);
  const names = asked.includes('auto') ? [...asked, ...learned.of(where)] : asked;
  const keepalive = info.ipmi_keepalive_seconds;
  const { answerMs, stepMs, tries } = timings;
  try {
    const session = await openSession({
      host: info.ipmi_address,
      port: info.ipmi_port,
      user: info.ipmi_username,
      password: secrets.ipmi_password ?? '',
      ...(secrets.ipmi_hex_kg_key && { kg: Buffer.from(secrets.ipmi_hex_kg_key, 'hex') }),
      privilege: privileges[info.ipmi_priv_level],
      suites: info.ipmi_cipher_suite === 'auto' ? DEFAULT_SUITES : [Number(info.ipmi_cipher_suite)],
      quirks: keepalive === 0 ? [...names, 'nokeepalive'] : names,
      transport,
      signal,
      timeouts: { answerMs, stepMs, tries, ...(keepalive > 0 && { keepaliveMs: keepalive * 1000 }) },
    });
    learned.learn(where, session.info);
    return session;
  } catch (error) {
    throw inWords(error, node);
  }
}

/** Whether a session that one node's options opened may serve another's: the same BMC, with the same login. */
export function sameLogin(a: IpmiNode, b: IpmiNode): boolean {
  const { info: x, secrets: s } = a;
  const { info: y, secrets: t } = b;
  return (
    x.ipmi_address === y.ipmi_address &&
    x.ipmi_port === y.ipmi_port &&
    x.ipmi_username === y.ipmi_username &&
    x.ipmi_priv_level === y.ipmi_priv_level &&
    x.ipmi_cipher_suite === y.ipmi_cipher_suite &&
    s.ipmi_password === t.ipmi_password &&
    s.ipmi_hex_kg_key === t.ipmi_hex_kg_key
  );
}
