import { byteWriter } from '@consolemesh/bytes';
import { RfbError } from '../errors.ts';
import { type Handshake, upgrade } from '../handshake.ts';
import { SECURITY, type SecurityName } from '../security-types.ts';
import { acceptTls, startAnonymousTls, startTls, type TlsServerOptions, type TlsTrust } from '../tls.ts';

/**
 * VeNCrypt 0.2 (rfbproto "VeNCrypt"), client half up to the point where the inner method begins:
 * ```
 * server: U8 major | U8 minor                 client: U8 0 | U8 2
 * server: U8 0 = accepted
 * server: U8 count | count × U32 subtype      client: U32 subtype
 * server: U8 1 = accepted                     (TLS and X509 subtypes only; then the TLS handshake)
 * ```
 * @param choose picks one of the offered subtype numbers or throws
 */
export async function negotiateVencrypt(
  h: Handshake,
  choose: (offered: number[]) => SecurityName,
  trust: TlsTrust,
): Promise<SecurityName> {
  h.awaiting = 'the VeNCrypt version';
  const major = await h.reader.readU8();
  const minor = await h.reader.readU8();
  if (major !== 0 || minor < 2) {
    throw new RfbError('VERSION_UNSUPPORTED', `VeNCrypt ${major}.${minor} is not supported, only 0.2 is`);
  }
  h.write(Buffer.from([0, 2]));
  h.awaiting = "the server's answer to VeNCrypt 0.2";
  if ((await h.reader.readU8()) !== 0) {
    throw new RfbError('VERSION_UNSUPPORTED', 'the server refused VeNCrypt 0.2, which it had announced');
  }
  h.awaiting = 'the VeNCrypt subtypes';
  const count = await h.reader.readU8();
  const list = await h.reader.read(4 * count);
  const name = choose(Array.from({ length: count }, (_, i) => list.readUInt32BE(4 * i)));
  h.write(byteWriter(4).u32(SECURITY[name].number).toBuffer());
  const { transport } = SECURITY[name];
  if (transport === 'clear') return name;
  h.awaiting = "the server's consent to start TLS";
  if ((await h.reader.readU8()) !== 1) {
    throw new RfbError('TLS_FAILED', `the server offered ${name} but can not start TLS for it`);
  }
  h.awaiting = 'the TLS handshake';
  const { signal } = h.deadline;
  await upgrade(h, (s) => (transport === 'x509' ? startTls(s, trust, signal) : startAnonymousTls(s, signal)));
  return name;
}

/** Server half of `negotiateVencrypt`. @param offered our subtypes, in order of preference */
export async function offerVencrypt(
  h: Handshake,
  offered: readonly SecurityName[],
  tls: TlsServerOptions,
): Promise<SecurityName> {
  h.write(Buffer.from([0, 2]));
  h.awaiting = "the viewer's VeNCrypt version";
  const version = await h.reader.readU16();
  if (version !== 0x0002) {
    h.write(Buffer.from([0xff]));
    throw new RfbError('VERSION_UNSUPPORTED', `the viewer wants VeNCrypt ${version >> 8}.${version & 0xff}`);
  }
  const list = byteWriter().u8(0).u8(offered.length);
  for (const name of offered) list.u32(SECURITY[name].number);
  h.write(list.toBuffer());
  h.awaiting = "the viewer's VeNCrypt subtype";
  const chosen = await h.reader.readU32();
  const name = offered.find((candidate) => SECURITY[candidate].number === chosen);
  if (name === undefined) {
    throw new RfbError(
      'PROTOCOL_VIOLATION',
      `the viewer chose VeNCrypt subtype ${chosen}, which was not offered`,
    );
  }
  const { transport } = SECURITY[name];
  if (transport === 'clear') return name;
  h.write(Buffer.from([1]));
  h.awaiting = 'the TLS handshake';
  const settings = transport === 'x509' ? tls : {};
  if (transport === 'x509' && tls.cert === undefined) {
    throw new RfbError('TLS_FAILED', `offering ${name} needs a certificate`);
  }
  await upgrade(h, (stream) => acceptTls(stream, settings, h.deadline.signal));
  return name;
}
