import { consoleLogOf } from '@consolemesh/driver-sdk';
import { runService } from '@consolemesh/mesh';
import { settings } from './config.ts';
import { startRedfishSerialDriver } from './index.ts';

process.exit(
  await runService(settings, process.env, (config, { logger, trust }) => {
    const { listen, advertise, checkInterval: checkIntervalMs, maxChecks } = config;
    const consoleLog = consoleLogOf(config);
    return startRedfishSerialDriver({
      listen,
      advertise,
      checkIntervalMs,
      maxChecks,
      consoleLog,
      trust,
      logger,
    });
  }),
);
