import { ConfigError, formatConfigError, readSettings } from '@consolemesh/config';
import { createLogger, runService, trustOf } from '@consolemesh/mesh';
import { type Config, settings } from './config.ts';
import { startTokenService } from './index.ts';

process.exit(await main());

async function main(): Promise<number> {
  let config: Config;
  try {
    config = readSettings(settings, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${formatConfigError(error)}\n`);
    return 1;
  }
  const logger = createLogger('token', config.logLevel);
  return runService(
    async () =>
      startTokenService({
        listen: config.listen,
        trust: trustOf(config),
        logger,
        databaseUrl: config.databaseUrl.reveal(),
        tokenTtlMs: config.tokenTtl,
        tokenTtlMaxMs: config.tokenTtlMax,
        sessionMaxMs: config.sessionMax,
      }),
    logger,
  );
}
