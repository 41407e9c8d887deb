import { type Command, NET_FN } from '@consolemesh/ipmi';

type Nothing = Record<never, never>;
const none = Buffer.alloc(0);

/** The BMC starts anew (IPMI 2.0 section 20.2). */
export const coldReset: Command<Nothing, Nothing> = {
  name: 'Cold Reset',
  netFn: NET_FN.app,
  command: 0x02,
  encodeRequest: () => none,
  parseRequest: () => ({}),
  encodeResponse: () => none,
  parseResponse: () => ({}),
};
