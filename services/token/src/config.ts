import { address, defineSettings, duration, type SettingsOf, secret } from '@consolemesh/config';
import { checkUserSettings, meshSettings, userSettings } from '@consolemesh/mesh';

/** Settings of the token service. */
export const settings = defineSettings(
  'token',
  {
    ...meshSettings,
    listen: address({
      env: 'CONSOLEMESH_LISTEN',
      default: '127.0.0.1:7120',
      doc: 'Where token.v1 is served. Anything but loopback needs the TLS files.',
    }),
    ...userSettings,
    databaseUrl: secret({
      env: 'CONSOLEMESH_DATABASE_URL',
      default: 'sqlite:token.sqlite',
      doc: 'SQLite file, or PostgreSQL, which several replicas need: `postgres://user:password@host:port/database`.',
    }),
    tokenTtl: duration({
      env: 'CONSOLEMESH_TOKEN_TTL',
      default: '10m',
      min: '1s',
      max: '30d',
      doc: 'How long a token can be redeemed when its issuer does not say.',
    }),
    tokenTtlMax: duration({
      env: 'CONSOLEMESH_TOKEN_TTL_MAX',
      default: '1d',
      min: '1s',
      max: '30d',
      doc: 'The longest that an issuer may ask for.',
    }),
    sessionMax: duration({
      env: 'CONSOLEMESH_SESSION_MAX',
      default: '8h',
      min: '1m',
      max: '30d',
      doc: 'The longest that a session may last, resumptions included.',
    }),
  },
  {
    check: (config) => [
      ...checkUserSettings(config),
      ...(config.tokenTtl > config.tokenTtlMax
        ? ['CONSOLEMESH_TOKEN_TTL is longer than CONSOLEMESH_TOKEN_TTL_MAX']
        : []),
    ],
  },
);

/** Settings as they were read. */
export type Config = SettingsOf<typeof settings>;
