import { PAYLOAD } from '../codec/packet.ts';

/** The only payload that we activate: SOL; BMCs have one instance of it. */
export const SOL_PAYLOAD = PAYLOAD.sol;
export const SOL_INSTANCE = 1;

/** What a payload command is about. */
export interface PayloadInstance {
  payloadType: number;
  /** 1..15. */
  instance: number;
}
