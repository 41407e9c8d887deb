import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** A certificate and its key, PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

const day = 86_400_000;

/**
 * Makes a certificate signed by itself, as a BMC has one out of its box: P-256, good for ten years around now.
 * @param names DNS names and IP addresses; the first is the common name
 */
export function makeCertificate(names: readonly [string, ...string[]], now = Date.now()): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = sequence(set(sequence(objectId('550403'), utf8(names[0]))));
  // TBSCertificate (RFC 5280 section 4.1): version 3, serial, algorithm, issuer, validity, subject, key, extensions.
  const body = sequence(
    tagged(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, positive(randomBytes(16))),
    ecdsaWithSha256,
    subject,
    sequence(utcTime(now - day), utcTime(now + 3650 * day)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(alternativeNames(names))),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]);
  const certificate = sequence(body, ecdsaWithSha256, der(0x03, signature));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: pem(certificate),
  };
}

/** SubjectAltName (RFC 5280 section 4.2.1.6): [2] for a DNS name, [7] for an address. */
function alternativeNames(names: readonly string[]): Buffer {
  const general = names.map((name) =>
    isIP(name) === 0 ? der(0x82, Buffer.from(name)) : der(0x87, addressBytes(name)),
  );
  return sequence(objectId('551d11'), der(0x04, sequence(...general)));
}

/** 4 bytes of an IPv4 address, 16 of an IPv6 address. */
function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  // A URL spells every address in one way: hexadecimal groups, the longest run of zeros left out.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const left = groups(head);
  const right = groups(tail ?? '');
  const zeros = Buffer.alloc(16 - left.length - right.length);
  return Buffer.concat([left, zeros, right]);
}

function groups(text: string): Buffer {
  const words = text === '' ? [] : text.split(':');
  return Buffer.from(words.map((word) => word.padStart(4, '0')).join(''), 'hex');
}

/** An element in DER (X.690 section 8.1): tag, length, content. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const long = [24, 16, 8, 0]
    .map((shift) => (length >> shift) & 0xff)
    .filter((_, i, all) => all.slice(0, i + 1).some(Boolean));
  const size = length < 0x80 ? [length] : [0x80 | long.length, ...long];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]) => der(0x30, Buffer.concat(parts));
const set = (...parts: Buffer[]) => der(0x31, Buffer.concat(parts));
const tagged = (tag: number, part: Buffer) => der(tag, part);
const objectId = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const utf8 = (text: string) => der(0x0c, Buffer.from(text));
const ecdsaWithSha256 = sequence(objectId('2a8648ce3d040302'));

function utcTime(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/\D/g, '');
  return der(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}

/** As many bits less the sign: first bit clear, second set, so that DER needs no padding. */
function positive(bytes: Buffer): Buffer {
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
