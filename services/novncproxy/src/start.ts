import { fileURLToPath } from 'node:url';
import {
  type ProxyKind,
  type ProxyService,
  type ProxyServiceOptions,
  startProxyService,
} from '@consolemesh/proxy';
import { refuseClient } from '@consolemesh/rfb';
import { createConsoleConnector } from './connect-console.ts';

/** What a novncproxy is made of; everything optional has the default of its setting. */
export type NovncproxyOptions = ProxyServiceOptions;

/** A novncproxy that runs. */
export type Novncproxy = ProxyService;

const graphical: ProxyKind = {
  kind: 'graphical',
  name: 'novncproxy',
  connector: (trust, { handshakeMs, connectMs }) =>
    createConsoleConnector({ trust, clientHandshakeMs: handshakeMs, connectMs }),
  plain: {
    paths: ['websockify'],
    textIsData: false,
    refuse: (link, { message }) => refuseClient(link.stream, message),
  },
  // What noVNC and Ironic call it.
  pages: ['vnc.html', 'vnc_lite.html', 'vnc_auto.html'],
  builtPage: fileURLToPath(new URL('../dist/page', import.meta.url)),
};

/** Starts the graphical proxy. Rejects with one clear line. */
export function startNovncproxy(options: NovncproxyOptions): Promise<Novncproxy> {
  return startProxyService(options, graphical);
}
