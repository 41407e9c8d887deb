import { runService } from '@consolemesh/mesh';
import { settings } from './config.ts';
import { startRedfishSerialDriver } from './index.ts';

process.exit(
  await runService(settings, process.env, (config, { logger, trust }) => {
    const { listen, advertise, checkInterval: checkIntervalMs, maxChecks } = config;
    return startRedfishSerialDriver({ listen, advertise, checkIntervalMs, maxChecks, trust, logger });
  }),
);
