import { runService, usersOf } from '@consolemesh/mesh';
import { settings } from './config.ts';
import { startTokenService } from './index.ts';

process.exit(
  await runService(settings, process.env, (config, { logger, trust }) =>
    startTokenService({
      listen: config.listen,
      trust,
      logger,
      users: usersOf(config, logger),
      administrators: config.administrators,
      databaseUrl: config.databaseUrl.reveal(),
      tokenTtlMs: config.tokenTtl,
      tokenTtlMaxMs: config.tokenTtlMax,
      sessionMaxMs: config.sessionMax,
    }),
  ),
);
