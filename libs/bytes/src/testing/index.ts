export { duplexPair } from './duplex-pair.ts';
export { type CertificateWishes, makeCertificate } from './make-certificate.ts';
export { type SelfSigned, selfSigned } from './self-signed.ts';
export { trickle } from './trickle.ts';
