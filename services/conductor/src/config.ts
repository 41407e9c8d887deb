import {
  address,
  BadValue,
  choice,
  defineSettings,
  duration,
  filePath,
  flag,
  integer,
  list,
  secret,
  text,
  url,
} from '@consolemesh/config';
import { checkUserSettings, meshSettings, userSettings } from '@consolemesh/mesh';
import { parseDatabaseUrl } from '@consolemesh/store';
import { pluginPlaces, readPluginPlace } from './plugins/plugin-place.ts';

/** Settings of the conductor. */
export const settings = defineSettings(
  'conductor',
  {
    ...meshSettings,
    listen: address({
      env: 'CONSOLEMESH_LISTEN',
      default: '127.0.0.1:7110',
      doc: 'Where conductor.v1 is served.',
    }),
    ...userSettings,
    name: text({
      env: 'CONSOLEMESH_CONDUCTOR_NAME',
      optional: true,
      pattern: /[A-Za-z0-9._-]{1,64}/,
      expects: '1 to 64 letters, digits, ".", "_" and "-"',
      doc: 'Name that consoles show for this conductor; the host name when unset.',
    }),
    database: secret({
      env: 'CONSOLEMESH_DATABASE_URL',
      default: 'sqlite:conductor.sqlite',
      expects: 'sqlite:<path> or postgres://user:password@host:port/database',
      doc: 'Where nodes, consoles, leases and sessions are kept. Several conductors need PostgreSQL, or one SQLite file on one machine.',
    }),
    keyRing: filePath({
      env: 'CONSOLEMESH_KEY_RING_FILE',
      optional: true,
      doc: 'Keys that secrets are sealed with, one `<id>:<base64 of 32 bytes>` a line, the active one first; the same keys for all conductors of a database. Followed: new content counts without a restart. Unset with SQLite: `<database file>.keys`, made when missing.',
    }),
    drivers: list({
      env: 'CONSOLEMESH_DRIVERS',
      default: [],
      item: pluginPlace,
      expects: pluginPlaces,
      doc: 'Where the drivers are, in the order in which `auto` asks them. A host name stands for all of its addresses. With `NAME@` nobody there is spoken to who has not the certificate of `service/NAME`.',
    }),
    providers: list({
      env: 'CONSOLEMESH_PROVIDERS',
      default: [],
      item: pluginPlace,
      expects: pluginPlaces,
      doc: 'Where the container providers are; likewise.',
    }),
    token: text({
      env: 'CONSOLEMESH_TOKEN_TARGET',
      default: 'dns:///127.0.0.1:7120',
      doc: 'gRPC target of the token service.',
    }),
    novncproxyUrl: url({
      env: 'CONSOLEMESH_NOVNCPROXY_URL',
      optional: true,
      doc: 'Where browsers reach the graphical proxy, such as `https://consoles.example/vnc/`. Without it no URL for a graphical console can be made.',
    }),
    serialproxyUrl: url({
      env: 'CONSOLEMESH_SERIALPROXY_URL',
      optional: true,
      doc: 'Where browsers reach the serial proxy.',
    }),
    route: choice({
      env: 'CONSOLEMESH_ROUTE',
      choices: ['auto', 'direct', 'relay'],
      default: 'auto',
      doc: 'How proxies reach consoles of nodes that say nothing: they connect themselves, or through the plugin; `auto` prefers the first and accepts the second, and so does `direct` for serial consoles.',
    }),
    maxSessions: integer({
      env: 'CONSOLEMESH_MAX_SESSIONS',
      default: 16,
      min: 1,
      max: 1_000,
      doc: 'Most sessions of one console at once, however many its endpoint bears.',
    }),
    lease: duration({
      env: 'CONSOLEMESH_LEASE',
      default: '15s',
      min: '2s',
      max: '10m',
      doc: 'How long a conductor that has gone silent keeps its consoles before another takes them over.',
    }),
    auditRetention: duration({
      env: 'CONSOLEMESH_AUDIT_RETENTION',
      optional: true,
      min: '1h',
      doc: 'How long audit events are kept; for ever when unset. What is older is deleted a little later, and an event `audit.pruned` says up to where.',
    }),
    stopConsolesOnExit: flag({
      env: 'CONSOLEMESH_STOP_CONSOLES_ON_EXIT',
      default: false,
      doc: 'Stop the own consoles on SIGTERM. Without it they run on and the next conductor adopts them.',
    }),
  },
  {
    check: (config) => {
      const problems = checkUserSettings(config);
      const database = parse(config.database.reveal());
      if (database === undefined) {
        problems.push(
          'CONSOLEMESH_DATABASE_URL is not understood; expected sqlite:<path> or postgres://user:password@host:port/database',
        );
      } else if (config.keyRing === undefined && keyRingBeside(config.database.reveal()) === undefined) {
        problems.push(
          'CONSOLEMESH_KEY_RING_FILE is not set; all conductors of a PostgreSQL database need the same key ring',
        );
      }
      return problems;
    },
  },
);

/** Where the key ring lies when nothing is said: beside a SQLite file. Undefined for other databases. */
export function keyRingBeside(databaseUrl: string): string | undefined {
  const database = parse(databaseUrl);
  return database?.engine === 'sqlite' && database.path !== ':memory:' ? `${database.path}.keys` : undefined;
}

/** A place of plugins, as it was written. */
function pluginPlace(text: string): string {
  if (!readPluginPlace(text)) throw new BadValue(`${text} is no place of a plugin; expected ${pluginPlaces}`);
  return text;
}

function parse(databaseUrl: string) {
  try {
    return parseDatabaseUrl(databaseUrl);
  } catch {
    return undefined;
  }
}
