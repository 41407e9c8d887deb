import { MeshError } from '@consolemesh/errors';
import type { Logger } from '@consolemesh/mesh';

/** Says in the log what fails and what works again: one line when that changes, however often it is tried in between. */
export interface FailureLog {
  /** `key`: what failed, such as the id of a console; `fields` say it for a reader. */
  failed(key: string, error: unknown, fields: object, message: string): void;
  /** It works. With a message, that is said if a failure was. */
  works(key: string, fields?: object, message?: string): void;
}

/** Nothing has failed yet. Keeps one line for each key that fails. */
export function createFailureLog(logger: Logger): FailureLog {
  const told = new Map<string, string>();
  return {
    failed(key, error, fields, message) {
      const why = describe(error);
      const line = JSON.stringify([message, fields, why]);
      const again = told.get(key) === line;
      told.set(key, line);
      if (again) logger.debug({ ...fields, ...why }, message);
      // What nobody foresaw is worth its stack.
      else if (why.reason === undefined || why.reason === 'INTERNAL')
        logger.warn({ ...fields, err: error }, message);
      else logger.info({ ...fields, ...why }, message);
    },
    works(key, fields = {}, message) {
      if (told.delete(key) && message !== undefined) logger.info(fields, message);
    },
  };
}

/** An error that was foreseen, in one line: its place in our code tells an operator nothing. */
function describe(error: unknown): { reason?: string; detail?: string; cause?: string } {
  if (!(error instanceof MeshError)) return { detail: String(error).slice(0, 300) };
  const cause = socketErrorOf(error);
  return {
    reason: error.reason,
    detail: error.message.split('\n', 1)[0]!.slice(0, 300),
    ...(cause ? { cause } : {}),
  };
}

/** `connect ECONNREFUSED 192.0.2.1:7150`, from whatever the layers below have wrapped around it. */
function socketErrorOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const found = /\b(?:connect|read|write|getaddrinfo) E[A-Z_]+(?: [\w.:[\]-]+)?/.exec(at.message);
    if (found) return found[0].replace(/[.:]+$/, '');
  }
  return undefined;
}
