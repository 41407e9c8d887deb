import { consoleLogOf } from '@consolemesh/driver-sdk';
import { runService } from '@consolemesh/mesh';
import { settings } from './config.ts';
import { startSocatDriver } from './index.ts';

process.exit(
  await runService(settings, process.env, (config, { logger, trust }) => {
    const { checkInterval, idleTimeout, startTimeout, checkEvery, killTimeout, adoptWithin, ...rest } =
      config;
    const { listen, advertise, maxChecks, address, advertisedHost, portRange, runtimeFolder, adopt } = rest;
    return startSocatDriver({
      ...{
        listen,
        advertise,
        maxChecks,
        address,
        advertisedHost,
        portRange,
        runtimeFolder,
        adopt,
        trust,
        logger,
      },
      consoleLog: consoleLogOf(config),
      checkIntervalMs: checkInterval,
      idleTimeoutMs: idleTimeout,
      startTimeoutMs: startTimeout,
      checkEveryMs: checkEvery,
      killTimeoutMs: killTimeout,
      adoptWithinMs: adoptWithin,
    });
  }),
);
