import { runService, usersOf } from '@consolemesh/mesh';
import { settings } from './config.ts';
import { readKeyRing } from './read-key-ring.ts';
import { startConductor } from './start-conductor.ts';

process.exit(
  await runService(settings, process.env, async (config, { logger, trust }) => {
    const databaseUrl = config.database.reveal();
    return startConductor({
      listen: config.listen,
      trust,
      logger,
      users: usersOf(config, logger),
      administrators: config.administrators,
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
      auditRetentionMs: config.auditRetention,
      stopConsolesOnExit: config.stopConsolesOnExit,
      name: config.name,
    });
  }),
);
