import { runService } from '@consolemesh/mesh';
import { settings } from './config.ts';
import { startDracDriver } from './index.ts';

process.exit(
  await runService(settings, process.env, (config, { logger, trust }) => {
    const { listen, advertise, checkInterval: checkIntervalMs, maxChecks } = config;
    return startDracDriver({ listen, advertise, checkIntervalMs, maxChecks, trust, logger });
  }),
);
