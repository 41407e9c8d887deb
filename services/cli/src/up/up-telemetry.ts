import { ConfigError, defineSettings, formatConfigError, readSettings } from '@consolemesh/config';
import { type Logger, meshSettings, telemetryOf } from '@consolemesh/mesh';
import { startTelemetry, type Telemetry } from '@consolemesh/telemetry';
import { UsageError } from '../exit-codes.ts';
import type { Io } from '../io.ts';

const { metricsListen, otlpEndpoint, otlpHeaders, otlpCa } = meshSettings;

/** The settings of telemetry are those of every service; here they stand for all services of the process together. */
export const telemetrySettings = defineSettings('up', { metricsListen, otlpEndpoint, otlpHeaders, otlpCa });

/**
 * Switches telemetry of the process on, as its environment says, before the first service starts; to be ended after the last one.
 * @throws UsageError with a line for each mistake, or when the port of metrics is taken
 */
export async function startUpTelemetry(env: Io['env'], logger: Logger): Promise<Telemetry> {
  // Other variables belong to other commands, or to nobody.
  const own = Object.fromEntries(telemetrySettings.variables.map((name) => [name, env[name]]));
  try {
    const config = readSettings(telemetrySettings, own, { inlineSecrets: true });
    return await startTelemetry({
      ...telemetryOf(config),
      service: 'up',
      onUndelivered: () => logger.warn({}, 'traces could not be delivered to the collector'),
    });
  } catch (error) {
    const message = error instanceof ConfigError ? formatConfigError(error) : (error as Error).message;
    throw new UsageError(message, { cause: error });
  }
}
