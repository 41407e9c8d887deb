import { createHash, timingSafeEqual } from 'node:crypto';
import { byteWriter } from '@consolemesh/bytes';
import { RfbError } from '../errors.ts';
import type { SecurityMethod } from './method.ts';

const MAX_FIELD_BYTES = 1024;

/**
 * VeNCrypt Plain:
 * ```
 * client: U32 user length | U32 password length | user | password      (UTF-8)
 * ```
 */
export const plain: SecurityMethod = {
  needs: ['username', 'password'],
  async prove(h, { username = '', password = '' }) {
    const user = Buffer.from(username, 'utf8');
    const secret = Buffer.from(password, 'utf8');
    h.write(byteWriter().u32(user.length).u32(secret.length).bytes(user).bytes(secret).toBuffer());
  },
  async verify(h, { username = '', password = '' }) {
    h.awaiting = 'user name and password';
    const userLength = await h.reader.readU32();
    const secretLength = await h.reader.readU32();
    if (userLength > MAX_FIELD_BYTES || secretLength > MAX_FIELD_BYTES) {
      throw new RfbError('LIMIT_EXCEEDED', `user name or password longer than ${MAX_FIELD_BYTES} bytes`);
    }
    const user = await h.reader.read(userLength);
    const secret = await h.reader.read(secretLength);
    // Both are always compared, so that the time taken does not tell which was wrong.
    const userRight = same(user, username);
    const secretRight = same(secret, password);
    return userRight && secretRight;
  },
};

/** Compares digests: equal lengths for timingSafeEqual whatever came. */
function same(given: Buffer, expected: string): boolean {
  const digest = (data: Buffer | string) => createHash('sha256').update(data).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
