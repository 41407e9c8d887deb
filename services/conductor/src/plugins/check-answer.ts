import { type Endpoint, EndpointAudience, TlsMode, TlsVerification } from '@consolemesh/contracts/types';
import { MeshError } from '@consolemesh/errors';
import { parseTarget } from '@consolemesh/mesh';

/** Largest state that a plugin may answer, bytes. */
export const maxStateBytes = 16 * 1024;
/** Most endpoints, sentences, and characters of a sentence, that a plugin may answer. */
const limits = {
  endpoints: 4,
  sentences: 32,
  sentence: 1_000,
  password: 256,
  pem: 64 * 1024,
  encodings: 256,
};

/** Throws PLUGIN_ANSWER_INVALID with a sentence; the caller's wrapper names the plugin. */
export function invalidAnswer(what: string): never {
  throw new MeshError('PLUGIN_ANSWER_INVALID', `answered ${what}`);
}

/** A state within its limit, copied: the buffer belongs to a whole message. */
export function checkState(state: Uint8Array, name: string): Buffer {
  if (state.byteLength > maxStateBytes)
    invalidAnswer(`a ${name} of ${state.byteLength} bytes; ${maxStateBytes} are allowed`);
  return Buffer.from(state);
}

/** Sentences for people, within limits. */
export function checkSentences(sentences: readonly string[], name: string): string[] {
  if (sentences.length > limits.sentences) invalidAnswer(`more than ${limits.sentences} ${name}`);
  return sentences.map((sentence) => sentence.slice(0, limits.sentence));
}

/** Endpoints of the kind that was chosen, each complete, with one for the mesh. */
export function checkEndpoints(endpoints: readonly Endpoint[], kind: 'tcp' | 'relay'): Endpoint[] {
  if (endpoints.length > limits.endpoints) invalidAnswer(`more than ${limits.endpoints} endpoints`);
  for (const endpoint of endpoints) checkEndpoint(endpoint);
  const mesh = meshEndpoint(endpoints);
  if (!mesh) invalidAnswer('no endpoint for the proxies of the mesh');
  if (mesh.transport?.$case !== kind)
    invalidAnswer(`an endpoint that is no ${kind} endpoint, which it chose`);
  return [...endpoints];
}

/** The endpoint that is meant for the mesh's proxies. */
export function meshEndpoint(endpoints: readonly Endpoint[]): Endpoint | undefined {
  return endpoints.find(
    ({ audience }) => audience === EndpointAudience.MESH || audience === EndpointAudience.UNSPECIFIED,
  );
}

/** Whether the certificate of the mesh's endpoint is not judged. */
export function isUnverified(endpoints: readonly Endpoint[]): boolean {
  const transport = meshEndpoint(endpoints)?.transport;
  if (transport?.$case === 'relay') return transport.value.unverifiedTls;
  const tls = transport?.value.tls;
  const encrypted = tls?.mode === TlsMode.FROM_FIRST_BYTE || tls?.mode === TlsMode.VENCRYPT;
  return encrypted && tls.verification === TlsVerification.NONE;
}

function checkEndpoint({ transport, rfb }: Endpoint): void {
  if (!transport) invalidAnswer('an endpoint without a transport');
  if (transport.$case === 'relay') {
    if (!isTarget(transport.value.target)) invalidAnswer('a relay endpoint without a gRPC target');
  } else {
    const { host, port, password, username, tls } = transport.value;
    if (!/^[^\s/[\]@]{1,255}$/.test(host)) invalidAnswer('a TCP endpoint without a usable host');
    if (port < 1 || port > 65_535) invalidAnswer(`a TCP endpoint with the port ${port}`);
    if (Math.max(password.length, username.length) > limits.password)
      invalidAnswer('a TCP endpoint with a login that is too long');
    if (tls && tls.caPem.length > limits.pem)
      invalidAnswer('a TCP endpoint with an authority that is too large');
    if (tls?.verification === TlsVerification.PIN && !/^[0-9a-fA-F]{64}$/.test(tls.sha256Pin)) {
      invalidAnswer('a TCP endpoint with a fingerprint that is not 64 hexadecimal digits');
    }
    if (tls?.verification === TlsVerification.CA && tls.caPem === '')
      invalidAnswer('a TCP endpoint without its authority');
  }
  if (!rfb) return;
  if (rfb.forcedPixelFormat.length !== 0 && rfb.forcedPixelFormat.length !== 16) {
    invalidAnswer('an RFB profile whose pixel format has not 16 bytes');
  }
  if (rfb.allowedEncodings.length > limits.encodings || rfb.forbiddenEncodings.length > limits.encodings) {
    invalidAnswer('an RFB profile with too many encodings');
  }
}

/** Whether a text can be a gRPC target URI; what its scheme means is the channel's business. */
export function isTarget(target: string): boolean {
  if (target.length > 1_024 || /\s/.test(target)) return false;
  return parseTarget(target) !== undefined || /^[a-z][a-z0-9+.-]*:.+/.test(target);
}
