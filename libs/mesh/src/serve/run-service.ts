import {
  ConfigError,
  formatConfigError,
  readSettings,
  type Settings,
  type SettingsOf,
  type Shape,
} from '@consolemesh/config';
import { startTelemetry, type Telemetry } from '@consolemesh/telemetry';
import { createLogger, type Logger, type LogLevel } from '../log/logger.ts';
import type { Trust } from '../trust/credentials.ts';
import { followCertificates } from '../trust/follow-certificates.ts';
import { type TelemetrySettings, type TrustSettings, telemetryOf, trustOf } from './settings.ts';

/** Something that runs until it is disposed. */
export interface Running extends AsyncDisposable {
  /** One line for the log: what it offers and where. */
  readonly describe: string;
}

/** What every service is handed beside its settings. */
export interface ServiceTools {
  readonly logger: Logger;
  readonly trust: Trust;
}

/** A further signal so soon after the first counts as the same one, ms: npm and the terminal both deliver a Ctrl-C. */
const sameSignalMs = 500;

/**
 * A service as a process: reads its settings, starts telemetry where it is wanted and then the service, drains it at SIGTERM or SIGINT. Answers the exit code for `main.ts`, which alone
 * exits: 0 after a drain, 1 with one clear line (or one for each mistake in the settings) when it could not start, 130 when a second
 * signal cut the drain short.
 */
export async function runService<const S extends Shape>(
  settings: Settings<S>,
  env: NodeJS.ProcessEnv,
  start: (config: SettingsOf<Settings<S>>, tools: ServiceTools) => Promise<Running>,
): Promise<number> {
  const signals = watchSignals();
  let logger: Logger;
  let telemetry: Telemetry | undefined;
  let running: Running;
  try {
    const config = readSettings(settings, env);
    const common = config as Partial<TrustSettings & TelemetrySettings & { logLevel: LogLevel }>;
    logger = createLogger(settings.service, common.logLevel);
    telemetry = await startTelemetry({
      ...telemetryOf(common),
      service: settings.service,
      onUndelivered: () => logger.warn({}, 'traces could not be delivered to the collector'),
    });
    running = await start(config, { logger, trust: renewed(common, logger) });
  } catch (error) {
    process.stderr.write(`${describeFailure(settings.service, error)}\n`);
    await telemetry?.[Symbol.asyncDispose]();
    return 1;
  }
  logger.info({}, running.describe);
  if (telemetry.metricsUrl) logger.info({}, `metrics at ${telemetry.metricsUrl}`);
  const signal = await signals.first;
  logger.info({ signal }, 'draining');
  const code = await Promise.race([end(running, telemetry).then(() => 0), signals.second.then(() => 130)]);
  logger.info({}, code === 0 ? 'drained' : 'cut short by a second signal');
  return code;
}

/** The trust of the settings; its files are followed as long as the process lives. */
function renewed(config: Partial<TrustSettings>, logger: Logger): Trust {
  const trust = trustOf(config);
  const { tlsCa: caFile, tlsCertificate: certificateFile, tlsKey: keyFile } = config;
  if (trust.kind !== 'mtls' || !caFile || !certificateFile || !keyFile) return trust;
  return followCertificates(trust, { caFile, certificateFile, keyFile }, { logger }).trust;
}

/** Telemetry comes last, so that it tells of the drain. */
async function end(running: Running, telemetry: Telemetry): Promise<void> {
  await running[Symbol.asyncDispose]();
  await telemetry[Symbol.asyncDispose]();
}

function describeFailure(service: string, error: unknown): string {
  if (error instanceof ConfigError) return formatConfigError(error);
  return `${service}: ${error instanceof Error ? error.message : String(error)}`;
}

function watchSignals(): { first: Promise<NodeJS.Signals>; second: Promise<void> } {
  let tellSecond = (): void => {};
  const second = new Promise<void>((resolve) => {
    tellSecond = resolve;
  });
  const first = new Promise<NodeJS.Signals>((resolve) => {
    let at: number | undefined;
    const onSignal = (signal: NodeJS.Signals) => {
      if (at === undefined) {
        at = performance.now();
        resolve(signal);
      } else if (performance.now() - at >= sameSignalMs) tellSecond();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
  return { first, second };
}
