import { open } from 'node:fs/promises';
import { AuditEvent } from '@consolemesh/contracts/conductor';
import { toTimestamp } from '@consolemesh/mesh';
import { UsageError } from '../../exit-codes.ts';

/** The events of a file that `audit export` wrote. @throws UsageError that names the line */
export async function* readExport(path: string): AsyncGenerator<AuditEvent> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`--file ${path}: it cannot be read (${cause.code})`, { cause });
  });
  let number = 0;
  for await (const line of file.readLines()) {
    number += 1;
    if (line.trim() === '') continue;
    try {
      yield eventOf(JSON.parse(line));
    } catch (cause) {
      throw new UsageError(`--file ${path}, line ${number}: this is no event of audit export`, { cause });
    }
  }
}

/** The reverse of `auditEventView`. */
function eventOf({ sequence, at, ...rest }: Record<string, unknown>): AuditEvent {
  const time = Date.parse(String(at));
  if (Number.isNaN(time)) throw new TypeError('no time');
  return AuditEvent.fromPartial({ ...rest, sequence: BigInt(String(sequence)), at: toTimestamp(time) });
}
