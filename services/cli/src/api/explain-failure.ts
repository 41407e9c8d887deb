import { MeshError } from '@consolemesh/errors';
import type { Trust } from '@consolemesh/mesh';
import type { Address } from './address.ts';
import { diagnose, type Finding } from './diagnose.ts';
import { tlsOptions, userOptions } from './read-trust.ts';

/** What is known of the caller's own side. */
interface Own {
  readonly trust: Trust;
  /** File of the authority, or empty. */
  readonly ca: string;
}

/** What happened and what to do about it. */
interface Explanation {
  readonly message: string;
  readonly hint: string;
}

/**
 * An error of a call as its user can act on it: when nothing was answered, which service did not at which address, and why. Errors that a
 * service has sent (they carry their recovery) stay as they are.
 */
export async function explainFailure(error: unknown, address: Address, own: Own): Promise<unknown> {
  if (!(error instanceof MeshError) || error.metadata.recovery !== undefined) return error;
  if (error.reason === 'UNIMPLEMENTED') return explained(error, otherService(address));
  if (error.reason !== 'UNAVAILABLE' && error.reason !== 'DEADLINE_EXCEEDED') return error;
  const finding = await diagnose(address.target, own.trust, address.identity);
  if (finding?.kind === 'grpc' && error.reason === 'DEADLINE_EXCEEDED') {
    return explained(error, {
      message: `${capital(address.service)} at ${address.given} takes too long: ${error.message}`,
      hint: 'Try again in a moment; its log says what it is busy with.',
    });
  }
  const explanation = explanations(address, own, error)[finding?.kind ?? 'unknown'](finding);
  return explained(new MeshError('UNAVAILABLE', explanation.message, { cause: error }), explanation);
}

function explained(error: MeshError, { message, hint }: Explanation): MeshError {
  return new MeshError(error.reason, message, { metadata: { hint }, cause: error });
}

function otherService({ service, given, option }: Address): Explanation {
  return {
    message: `What answers at ${given} is not ${service}, or one that is older than this program.`,
    hint: `Name ${service} with ${option} HOST:PORT.`,
  };
}

type Kind = Finding['kind'] | 'unknown';

/** A sentence and a piece of advice for every finding. */
function explanations(
  { service, given, option, variable }: Address,
  { trust, ca }: Own,
  error: MeshError,
): Record<Kind, (finding?: Finding) => Explanation> {
  const name = `name ${service} with ${option} HOST:PORT (${variable})`;
  const start =
    option === '--api'
      ? `Start a mesh with \`consolemesh up\`, or ${name}.`
      : `\`consolemesh up\` prints where its token service is; ${name}.`;
  const why = (finding?: Finding) => (finding && 'why' in finding ? finding.why : error.message);
  return {
    refused: () => ({ message: `Nothing listens at ${given}, where ${service} should be.`, hint: start }),
    'unknown-name': () => ({
      message: `The name in ${given}, where ${service} should be, cannot be resolved.`,
      hint: `Check its spelling and the name service of this machine, or ${name}.`,
    }),
    unreachable: (finding) => ({
      message: `${given}, where ${service} should be, cannot be reached (${why(finding)}).`,
      hint: `Check the network and firewalls on the way there, or ${name}.`,
    }),
    silent: () => ({
      message: `${given}, where ${service} should be, does not answer in time.`,
      hint: `Check the network and firewalls on the way there, or ${name}.`,
    }),
    tls: () => ({
      message: `${capital(service)} at ${given} speaks TLS, and it was called in plaintext.`,
      hint: `Give ${tlsOptions}, or ${userOptions}; \`consolemesh certs issue FOLDER user/NAME\` makes them from a development authority.`,
    }),
    plaintext: () => ({
      message: `What answers at ${given} speaks plaintext, and ${service} was called with TLS.`,
      hint: `Leave ${trust.kind === 'tls' ? userOptions : tlsOptions} and their variables out, or ${name}.`,
    }),
    untrusted: (finding) => ({
      message: `The certificate of ${service} at ${given} is not accepted: ${why(finding)}.`,
      hint: `Give the authority that issued it with --tls-ca (it is ${ca} now); a certificate that is too old is issued anew with \`consolemesh certs issue\`.`,
    }),
    'wrong-identity': (finding) => ({
      message: `${given} is not ${service}: ${why(finding)}.`,
      hint: `Give the trust domain of the mesh with --trust-domain, or ${name}.`,
    }),
    'refuses-us': () =>
      trust.kind === 'tls'
        ? {
            message: `${capital(service)} at ${given} ends the connection because no certificate is shown.`,
            hint: 'It takes neither passwords nor tokens: give --tls-certificate and --tls-key, or ask whoever runs it for CONSOLEMESH_BASIC_AUTH_FILE or CONSOLEMESH_OIDC_ISSUER.',
          }
        : {
            message: `${capital(service)} at ${given} ends the connection when it sees the certificate of this caller.`,
            hint: 'Give one of its own authority with --tls-certificate and --tls-key; `consolemesh certs issue FOLDER user/NAME` makes one.',
          },
    'no-grpc': () => ({
      message: `What answers at ${given} speaks no gRPC, so it is not ${service}.`,
      hint: `The port of the page is not the one of the API: ${name}.`,
    }),
    grpc: () => ({
      message: `${capital(service)} at ${given} ended the connection: ${error.message}`,
      hint: 'Try again in a moment.',
    }),
    unknown: () => ({
      message: `${capital(service)} at ${given} does not answer: ${error.message}`,
      hint: start,
    }),
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
