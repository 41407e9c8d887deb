import type { Algorithms } from 'ssh2';

/** What is added to and taken from the library's usual lists. */
type Change = Record<'append' | 'prepend' | 'remove', never[] | string[]>;
const change = (made: { append?: string[]; remove?: string[] }): Change => ({
  append: made.append ?? [],
  prepend: [],
  remove: made.remove ?? [],
});

/** SHA-1 signatures, which OpenSSH has not taken since 8.8 and this library takes unless told otherwise. */
const current = { serverHostKey: change({ remove: ['ssh-rsa'] }) };

/** What SSH servers of the years before 2015 have, at the end of each list, so that better ones go first. */
const old = {
  kex: change({
    append: [
      'diffie-hellman-group-exchange-sha1',
      'diffie-hellman-group14-sha1',
      'diffie-hellman-group1-sha1',
    ],
  }),
  serverHostKey: change({ append: ['ssh-dss'] }),
  cipher: change({ append: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'] }),
  hmac: change({ append: ['hmac-sha1-96', 'hmac-md5'] }),
};

/** The algorithms that a node allows. */
export function algorithmsOf(which: 'current' | 'old'): Algorithms {
  return (which === 'old' ? old : current) as unknown as Algorithms;
}
