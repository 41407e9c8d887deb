import { parseTarget } from '@consolemesh/mesh';
import { UsageError } from '../exit-codes.ts';
import type { GlobalOptions } from '../global-options.ts';

/** Where a service should be, and how its user says so. */
export interface Address {
  /** Such as `the conductor`. */
  readonly service: string;
  /** Its name in certificates. */
  readonly identity: 'conductor' | 'token';
  /** As it was given. */
  readonly given: string;
  /** As gRPC wants it: `host:port` gains the scheme that looks up all addresses of a name. */
  readonly target: string;
  readonly option: '--api' | '--token-api';
  readonly variable: string;
}

/** Where the conductor should be. Throws UsageError. */
export function conductorAddress({ api }: GlobalOptions): Address {
  const option = '--api';
  return {
    service: 'the conductor',
    identity: 'conductor',
    given: api,
    target: targetOf(option, api),
    option,
    variable: 'CONSOLEMESH_API',
  };
}

/** Where the token service should be. Throws UsageError. */
export function tokenAddress({ tokenApi }: GlobalOptions): Address {
  const option = '--token-api';
  return {
    service: 'the token service',
    identity: 'token',
    given: tokenApi,
    target: targetOf(option, tokenApi),
    option,
    variable: 'CONSOLEMESH_TOKEN_API',
  };
}

function targetOf(option: string, given: string): string {
  const hasScheme = /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(given);
  if (given.startsWith('unix:') && given.length > 'unix:'.length) return given;
  if (!parseTarget(given)) {
    throw new UsageError(
      `${option}: ${given} is no target; expected host:port${hasScheme ? ', dns:///host:port or unix:PATH' : ''}`,
    );
  }
  return hasScheme ? given : `dns:///${given}`;
}
