import { defineSettings, type SettingsOf } from '@consolemesh/config';
import { checkProxySettings, proxySettings } from '@consolemesh/proxy';

/** Settings of the graphical proxy. */
export const novncproxySettings = defineSettings(
  'novncproxy',
  proxySettings({
    listen: '127.0.0.1:6090',
    grpcListen: '127.0.0.1:7131',
    handshake: 'How long a client may take to say what it wants, and again for its RFB handshake.',
    input: 'keys, pointer or clipboard',
  }),
  { check: checkProxySettings },
);

export type NovncproxyConfig = SettingsOf<typeof novncproxySettings>;
