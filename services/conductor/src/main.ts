import { ConfigError, formatConfigError, readSettings } from '@consolemesh/config';
import { createLogger, runService, trustOf } from '@consolemesh/mesh';
import { settings } from './config.ts';
import { readKeyRing } from './read-key-ring.ts';
import { startConductor } from './start-conductor.ts';

/** The conductor as a process: settings, start, drain. */
async function main(): Promise<number> {
  const config = readSettings(settings, process.env);
  const logger = createLogger('conductor', config.logLevel);
  const databaseUrl = config.database.reveal();
  return runService(
    async () =>
      startConductor({
        listen: config.listen,
        trust: trustOf(config),
        logger,
        databaseUrl,
        keyring: await readKeyRing(config.keyRing, databaseUrl, logger),
        drivers: config.drivers,
        providers: config.providers,
        tokenTarget: config.token,
        novncproxyUrl: config.novncproxyUrl,
        serialproxyUrl: config.serialproxyUrl,
        route: config.route,
        leaseMs: config.lease,
        maxSessions: config.maxSessions,
        stopConsolesOnExit: config.stopConsolesOnExit,
        name: config.name,
      }),
    logger,
  );
}

try {
  process.exit(await main());
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${formatConfigError(error)}\n`);
  process.exit(1);
}
