export { duplexPair } from './duplexPair.ts';
export { type SelfSigned, selfSigned } from './selfSigned.ts';
export { trickle } from './trickle.ts';
