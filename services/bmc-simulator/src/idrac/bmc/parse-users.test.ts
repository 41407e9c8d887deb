import { expect, it } from 'vitest';
import { parseUsers } from './parse-users.ts';

it('reads one user a line, whose password may have colons and blanks', () => {
  expect(parseUsers('# who may\nroot:administrator:a:b c\r\n\nlook:readonly:x\n')).toEqual([
    { name: 'root', privilege: 'administrator', password: 'a:b c' },
    { name: 'look', privilege: 'readonly', password: 'x' },
  ]);
});

it.each([
  ['root:secret99', /^line 1 should be/],
  ['root:operator:x\nroot:king:secret99', /^line 2 should be/],
  ['root:operator:secret99\nroot:operator:secret99', /^line 2 has a user that was named before/],
  ['', /there is no user/],
  [Array.from({ length: 16 }, (_, index) => `u${index}:operator:x`).join('\n'), /more than 15/],
])('says what is wrong with %j, and no password', (text, advice) => {
  expect(() => parseUsers(text)).toThrow(advice);
  expect(() => parseUsers(text)).not.toThrow(/secret99/);
});
