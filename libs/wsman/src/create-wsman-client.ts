import type { HttpClient } from '@consolemesh/http';
import type { Selectors } from './build-envelope.ts';
import { type CallOptions, startClock } from './call-options.ts';
import { enumerate, type Filter } from './enumerate.ts';
import type { Service } from './exchange.ts';
import { get } from './get.ts';
import { type Identity, identify } from './identify.ts';
import type { Instance } from './instance.ts';
import { invoke, type Parameters } from './invoke.ts';
import { DEFAULT_LIMITS, type WsmanLimits } from './limits.ts';

/** URI of a class: `http://schemas.dell.com/wbem/wscim/1/cim-schema/2/DCIM_LCService`. */
export type ResourceUri = string;

/**
 * A WS-MAN service. Calls throw WsmanError, or the HttpError of a connection that failed; TypeError for arguments that no
 * request can carry. Requests that change nothing are sent again after a broken connection, never after an answer.
 */
export interface WsmanClient {
  /** Which product answers. */
  identify(options?: CallOptions): Promise<Identity>;
  /** All instances of a class, or those that a filter leaves. */
  enumerate(resource: ResourceUri, options?: CallOptions & { filter?: Filter }): Promise<readonly Instance[]>;
  /** One instance by its keys. */
  get(resource: ResourceUri, selectors: Selectors, options?: CallOptions): Promise<Instance>;
  /** Calls a method; the answer has the children of `<Method>_OUTPUT`. A ReturnValue that means failure is no error here. */
  invoke(
    resource: ResourceUri,
    method: string,
    selectors: Selectors,
    parameters: Parameters,
    options?: CallOptions,
  ): Promise<Instance>;
}

export interface WsmanClientOptions {
  /** URL of the service as the service knows it, for wsa:To; without user and password. */
  readonly endpoint: string;
  /** Default `/wsman`. */
  readonly path?: string;
  readonly limits?: Partial<WsmanLimits>;
}

const ONE_EXCHANGE_MS = 30_000;
/** An iDRAC takes seconds per hundred attributes. */
const ENUMERATION_MS = 120_000;

/**
 * A client over an HTTP client that stays the caller's (credentials, trust and its end are set there).
 * @throws TypeError for an endpoint that is no URL or carries credentials
 */
export function createWsmanClient(http: HttpClient, options: WsmanClientOptions): WsmanClient {
  requireEndpoint(options.endpoint);
  const service: Service = {
    http,
    path: options.path ?? '/wsman',
    endpoint: options.endpoint,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
  };
  return {
    identify: (call = {}) => identify(service, startClock(call, ONE_EXCHANGE_MS)),
    enumerate: (resource, call = {}) =>
      enumerate(service, resource, call.filter, startClock(call, ENUMERATION_MS)),
    get: (resource, selectors, call = {}) =>
      get(service, resource, selectors, startClock(call, ONE_EXCHANGE_MS)),
    invoke: (resource, method, selectors, parameters, call = {}) =>
      invoke(
        service,
        resource,
        method,
        selectors,
        parameters,
        call.secrets ?? [],
        startClock(call, ONE_EXCHANGE_MS),
      ),
  };
}

function requireEndpoint(endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined)
    throw new TypeError('the endpoint must be a URL, such as https://192.0.2.7:443/wsman');
  if (url.username !== '' || url.password !== '')
    throw new TypeError('the endpoint must not carry credentials: it is sent in every request');
}
