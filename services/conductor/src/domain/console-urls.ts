import { MeshError } from '@consolemesh/errors';
import type { ConsoleKind } from './kinds.ts';

/** Where the proxies' pages are, as browsers reach them; each ends with a slash. */
export interface ProxyUrls {
  readonly graphical: string | undefined;
  readonly serial: string | undefined;
}

/** The ready URLs of one token. */
export interface ConsoleUrls {
  /** The token is in the fragment, which browsers send nowhere; the node's name lets the page say what it opens. */
  readonly url: string;
  /** The form of OpenStack Ironic's consoles. */
  readonly compatibilityUrl: string;
  /** For programs; without the token. */
  readonly websocketUrl: string;
}

/** Builds the URLs. @throws MeshError when the proxy of this kind is not configured */
export function consoleUrls(
  proxies: ProxyUrls,
  kind: ConsoleKind,
  token: { nodeId: string; nodeName: string; token: string },
): ConsoleUrls {
  const setting = kind === 'graphical' ? 'CONSOLEMESH_NOVNCPROXY_URL' : 'CONSOLEMESH_SERIALPROXY_URL';
  const base = proxies[kind];
  if (base === undefined) {
    throw new MeshError(
      'CAPABILITY_MISSING',
      `The conductor does not know where ${kind} consoles are opened: set ${setting}.`,
    );
  }
  const root = base.endsWith('/') ? base : `${base}/`;
  const path = encodeURIComponent(`websockify?node=${token.nodeId}&token=${token.token}`);
  return {
    url: `${root}#token=${token.token}&node=${encodeURIComponent(token.nodeName)}`,
    compatibilityUrl: `${root}vnc_auto.html?path=${path}`,
    websocketUrl: `${root.replace(/^http/, 'ws')}session`,
  };
}
