import { ConfigError, formatConfigError, readSettings } from '@consolemesh/config';
import { createLogger, runService, trustOf } from '@consolemesh/mesh';
import { type Config, settings } from './config.ts';
import { startFakeDriver } from './index.ts';

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
  const logger = createLogger('bmc-driver-fake', config.logLevel);
  const { listen, advertise, checkInterval: checkIntervalMs, affinity } = config;
  return runService(
    async () =>
      startFakeDriver({ listen, advertise, checkIntervalMs, affinity, trust: trustOf(config), logger }),
    logger,
  );
}
