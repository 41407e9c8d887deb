import { consoleLogOf } from '@consolemesh/driver-sdk';
import { runService } from '@consolemesh/mesh';
import { settings } from './config.ts';
import { startFakeDriver } from './index.ts';

process.exit(
  await runService(settings, process.env, (config, { logger, trust }) => {
    const { listen, advertise, checkInterval: checkIntervalMs, maxChecks, affinity } = config;
    const consoleLog = consoleLogOf(config);
    return startFakeDriver({
      ...{ listen, advertise, checkIntervalMs, maxChecks, affinity, consoleLog, trust, logger },
    });
  }),
);
