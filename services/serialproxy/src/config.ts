import { address, choice, defineSettings, filePath, flag, type SettingsOf, text } from '@consolemesh/config';
import { isLoopback } from '@consolemesh/mesh';
import { checkProxySettings, proxyOptionsOf, proxySettings } from '@consolemesh/proxy';
import type { SerialproxyOptions } from './start.ts';

/** Settings of the serial proxy. */
export const serialproxySettings = defineSettings(
  'serialproxy',
  {
    ...proxySettings({
      listen: '127.0.0.1:6091',
      grpcListen: '127.0.0.1:7132',
      handshake: 'How long a client may take to say what it wants.',
      input: 'input',
    }),
    lineEnabled: flag({
      env: 'CONSOLEMESH_LINE_ENABLED',
      default: true,
      doc: 'Whether there is a line door, for programs without HTTP.',
    }),
    lineListen: address({
      env: 'CONSOLEMESH_LINE_LISTEN',
      default: '127.0.0.1:6092',
      doc: 'Where the line door is. Elsewhere than on loopback it needs a certificate.',
    }),
    lineCertificate: filePath({
      env: 'CONSOLEMESH_LINE_TLS_CERTIFICATE_FILE',
      optional: true,
      doc: 'PEM of the certificate of the line door, chain included. With the key it switches TLS on; both are read again when they change and on SIGHUP.',
    }),
    lineKey: filePath({ env: 'CONSOLEMESH_LINE_TLS_KEY_FILE', optional: true, doc: 'PEM of its key.' }),
    lineTlsMinimum: choice({
      env: 'CONSOLEMESH_LINE_TLS_MINIMUM',
      choices: ['TLSv1.2', 'TLSv1.3'],
      default: 'TLSv1.2',
      doc: 'Lowest TLS version at the line door.',
    }),
    lineTlsCiphers: text({
      env: 'CONSOLEMESH_LINE_TLS_CIPHERS',
      optional: true,
      doc: 'OpenSSL list of its ciphers; the one of Node.js when unset.',
    }),
  },
  {
    check(config) {
      const problems = checkProxySettings(config);
      if ((config.lineCertificate === undefined) !== (config.lineKey === undefined)) {
        problems.push(
          'CONSOLEMESH_LINE_TLS_CERTIFICATE_FILE and CONSOLEMESH_LINE_TLS_KEY_FILE go together: set both or none',
        );
      } else if (
        config.lineEnabled &&
        config.lineCertificate === undefined &&
        !isLoopback(config.lineListen.host)
      ) {
        problems.push(
          'CONSOLEMESH_LINE_LISTEN is not on loopback: set CONSOLEMESH_LINE_TLS_CERTIFICATE_FILE and CONSOLEMESH_LINE_TLS_KEY_FILE, or CONSOLEMESH_LINE_ENABLED=false',
        );
      }
      return problems;
    },
  },
);

export type SerialproxyConfig = SettingsOf<typeof serialproxySettings>;

/** What the settings mean for `startSerialproxy`. */
export function optionsOf(config: SerialproxyConfig): Omit<SerialproxyOptions, 'trust' | 'logger'> {
  return {
    ...proxyOptionsOf(config),
    line: config.lineEnabled ? lineOf(config) : undefined,
  };
}

function lineOf(config: SerialproxyConfig): SerialproxyOptions['line'] {
  const { lineCertificate, lineKey } = config;
  return {
    listen: config.lineListen,
    tls:
      lineCertificate === undefined || lineKey === undefined
        ? undefined
        : {
            certificateFile: lineCertificate,
            keyFile: lineKey,
            minimumVersion: config.lineTlsMinimum,
            ciphers: config.lineTlsCiphers,
          },
  };
}
