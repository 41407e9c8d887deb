import { createHttpClient, type HttpClient } from '@consolemesh/http';
import { createRedfishClient, type RedfishClient } from '@consolemesh/redfish';
import { addressOf, type RedfishNode, trustOf } from './options.ts';

/** The Redfish service of a node. Disposing ends its session, and takes 5 s at most. */
export interface Service extends AsyncDisposable {
  readonly redfish: RedfishClient;
  readonly http: HttpClient;
}

/** Connects and logs in with the first call. */
export function openService(node: RedfishNode): Service {
  const { host, port, plain } = addressOf(node);
  const http = createHttpClient({ host, port, plain, trust: trustOf(node) });
  const username = node.info.redfish_username;
  const redfish = createRedfishClient(http, { username, password: node.secrets.redfish_password });
  return {
    redfish,
    http,
    async [Symbol.asyncDispose]() {
      await redfish[Symbol.asyncDispose]();
      // A login that was on its way is waited for and logged out, half a minute at most; nobody has to wait for that, and nobody is left
      // to be told that closing failed.
      void redfish.ended.then(() => http[Symbol.asyncDispose]()).catch(() => {});
    },
  };
}
