import { runService } from '@consolemesh/mesh';
import { settings } from './config.ts';
import { startFakeProvider } from './index.ts';

process.exit(
  await runService(settings, process.env, (config, { logger, trust }) => {
    const { listen, advertise, affinity, readyTimeout: readyTimeoutMs } = config;
    return startFakeProvider({ listen, advertise, affinity, readyTimeoutMs, trust, logger });
  }),
);
