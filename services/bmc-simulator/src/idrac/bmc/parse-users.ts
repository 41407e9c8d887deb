import type { IdracUser, Privilege } from './types.ts';

const privileges: readonly Privilege[] = ['administrator', 'operator', 'readonly'];

/**
 * Reads users, one a line: `name:privilege:password`. A password may have colons; blank lines and lines that begin with # do not count.
 * @throws TypeError naming the line that is wrong, without what stands in it
 */
export function parseUsers(text: string): IdracUser[] {
  const users: IdracUser[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name, privilege, password] = /^([^:\s]{1,16}):([a-z]+):(.{1,20})$/.exec(line) ?? [];
    const known = privileges.find((other) => other === privilege);
    if (!name || !known || !password)
      throw new TypeError(
        `line ${index + 1} should be name:privilege:password (16 and 20 characters at most); privileges are ${privileges.join(', ')}`,
      );
    if (users.some((other) => other.name === name))
      throw new TypeError(`line ${index + 1} has a user that was named before`);
    users.push({ name, privilege: known, password });
  }
  if (users.length === 0) throw new TypeError('there is no user');
  if (users.length > 15) throw new TypeError('there are more than 15 users');
  return users;
}
