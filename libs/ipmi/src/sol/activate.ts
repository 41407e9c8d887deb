import { COMPLETION } from '../codec/status.ts';
import { ACTIVATE, type ActivatePayloadResponse, activatePayload } from '../commands/activate-payload.ts';
import type { Command } from '../commands/command.ts';
import { deactivatePayload } from '../commands/deactivate-payload.ts';
import { SOL_INSTANCE, SOL_PAYLOAD } from '../commands/payload.ts';
import { getPayloadInstance } from '../commands/payload-instance.ts';
import { IpmiError, type IpmiErrorCode } from '../errors.ts';
import type { Quirks } from '../quirks.ts';
import type { RunOptions } from '../session/command-queue.ts';
import { isSessionPort } from './sizes.ts';

export interface ActivateSolOptions {
  /** `preferred` takes a line without encryption from a BMC that offers none with. Default true. */
  encrypt?: boolean | 'preferred';
  /** Default true. */
  authenticate?: boolean;
  /** Take the line from whoever has it. Default false: SOL_BUSY. */
  takeOver?: boolean;
  /** Ends the activation; not the line. */
  signal?: AbortSignal;
  /** Bytes that are kept for a slow reader. Default 64 KiB. */
  maxBuffered?: number;
}

export interface Activated {
  encrypted: boolean;
  authenticated: boolean;
  answer: ActivatePayloadResponse;
}

type Run = <Req, Res>(command: Command<Req, Res>, request: Req, options?: RunOptions) => Promise<Res>;

const INSTANCE = { payloadType: SOL_PAYLOAD, instance: SOL_INSTANCE };
/** What an activation knows of its session. */
export interface ActivationContext {
  readonly quirks: Quirks;
  readonly suiteEncrypts: boolean;
  readonly port: number;
  /** Our session as the BMC numbers it. */
  readonly bmcSessionId: number;
  /** Packets that this session has sent so far. */
  sent(): number;
  /** Throws what ends the activation between two of its steps. */
  goOn(): void;
}

/** How often a line is taken over before giving up: the former owner may be quicker. */
const TAKE_OVERS = 3;

const CODES: Record<number, IpmiErrorCode> = {
  [ACTIVATE.disabled]: 'SOL_DISABLED',
  [ACTIVATE.limit]: 'SOL_LIMIT',
  [ACTIVATE.noEncryption]: 'SOL_NO_ENCRYPTION',
  [ACTIVATE.needsEncryption]: 'SOL_NEEDS_ENCRYPTION',
  [COMPLETION.insufficientPrivilege]: 'PRIVILEGE_REFUSED',
};

/**
 * Activates SOL on the BMC; the caller makes the line. The caller's signal ends what is asked and done around it, but not the activation
 * itself once that was sent: whether it has worked is known by its answer only, and a Deactivate on suspicion would hit whoever has the line.
 * @throws IpmiError SOL_BUSY, SOL_DISABLED, SOL_LIMIT, SOL_NO_ENCRYPTION, SOL_NEEDS_ENCRYPTION, SOL_OTHER_PORT, PRIVILEGE_REFUSED, …
 */
export async function activate(
  run: Run,
  options: ActivateSolOptions,
  context: ActivationContext,
): Promise<Activated> {
  const { quirks, suiteEncrypts, port } = context;
  const runOptions = options.signal ? { signal: options.signal } : {};
  const authenticated = (options.authenticate ?? true) && !quirks.plainSol;
  let encrypted = (options.encrypt ?? true) !== false && suiteEncrypts && !quirks.plainSol;
  for (let takeOvers = 0; ; ) {
    context.goOn();
    const before = context.sent();
    try {
      const answer = await run(activatePayload, request(encrypted, authenticated, quirks));
      if (!quirks.ignoreSolPort && !isSessionPort(answer.port, port)) {
        await deactivate(run);
        throw new IpmiError('SOL_OTHER_PORT', `the BMC wants SOL on UDP port ${answer.port}, not ${port}`, {
          port: answer.port,
        });
      }
      return { encrypted, authenticated, answer };
    } catch (error) {
      const code = error instanceof IpmiError ? error.details.completionCode : undefined;
      const repeated = context.sent() - before > 1;
      if (code === ACTIVATE.noEncryption && encrypted && options.encrypt === 'preferred') encrypted = false;
      else if (code !== ACTIVATE.alreadyActive) throw translated(error);
      else if (options.takeOver && takeOvers < TAKE_OVERS) {
        takeOvers += 1;
        context.goOn();
        await run(deactivatePayload, INSTANCE, runOptions).catch(unlessRefused);
      } else {
        const refusal = await busy(run, runOptions);
        // Some BMCs take the repetition of an activation, whose answer was lost, for another one.
        if (!repeated || refusal.details.owner !== context.bmcSessionId || takeOvers >= TAKE_OVERS)
          throw refusal;
        takeOvers += 1;
        await deactivate(run);
      }
    }
  }
}

/**
 * Gives SOL up on the BMC. One that does not answer or does not care is none of our business any more.
 * @returns whether it has answered
 */
export async function deactivate(run: Run): Promise<boolean> {
  return run(deactivatePayload, INSTANCE, { tries: 2 }).then(
    () => true,
    (error: unknown) => error instanceof IpmiError && error.code === 'COMMAND_FAILED',
  );
}

function request(encrypt: boolean, authenticate: boolean, quirks: Quirks) {
  return {
    ...INSTANCE,
    encrypt,
    authenticate,
    testMode: false,
    alerts: quirks.alerts,
    startDeasserted: false,
  };
}

async function busy(run: Run, runOptions: RunOptions): Promise<IpmiError> {
  const info = await run(getPayloadInstance, INSTANCE, runOptions).catch(() => undefined);
  const owner = info && info.owner !== 0 ? info.owner : undefined;
  const who = owner === undefined ? '' : ` (BMC session 0x${owner.toString(16)})`;
  return new IpmiError('SOL_BUSY', `somebody else has the serial console${who}`, {
    completionCode: ACTIVATE.alreadyActive,
    ...(owner !== undefined && { owner }),
  });
}

function translated(error: unknown): unknown {
  if (!(error instanceof IpmiError) || error.code !== 'COMMAND_FAILED') return error;
  const { completionCode } = error.details;
  const code = completionCode === undefined ? undefined : CODES[completionCode];
  return code === undefined ? error : new IpmiError(code, error.message, error.details);
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof IpmiError) || error.code !== 'COMMAND_FAILED') throw error;
}
