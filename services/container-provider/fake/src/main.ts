import { ConfigError, formatConfigError, readSettings } from '@consolemesh/config';
import { createLogger, runService, trustOf } from '@consolemesh/mesh';
import { type Config, settings } from './config.ts';
import { startFakeProvider } from './index.ts';

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
  const logger = createLogger('container-provider-fake', config.logLevel);
  const { listen, advertise, affinity, readyTimeout: readyTimeoutMs } = config;
  return runService(
    async () =>
      startFakeProvider({ listen, advertise, affinity, readyTimeoutMs, trust: trustOf(config), logger }),
    logger,
  );
}
