import { expect, it } from 'vitest';
import { answerChallenge } from './vnc.ts';

const challenge = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

it.each([
  ['password', 'b866924125c8eebb9debc1db61c538e2'],
  ['', '491e890de9ace932838a49792f2213f3'],
  ['abc', '9c22b4f2088c3465a1562c4b9d6edb04'],
  ['longer-than-eight', 'd7f5512dcd81e076eaf94d16cb29ec75'],
])('answers the known challenge for %j', (password, answer) => {
  expect(answerChallenge(password, challenge).toString('hex')).toBe(answer);
});

it('uses no more than the first eight bytes of a password', () => {
  expect(answerChallenge('12345678', challenge)).toEqual(answerChallenge('123456789', challenge));
  expect(answerChallenge('12345678', challenge)).not.toEqual(answerChallenge('1234567', challenge));
});
