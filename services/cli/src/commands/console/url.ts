import { ConsoleKind, Role } from '@consolemesh/contracts/types';
import { fromTimestamp, toDuration } from '@consolemesh/mesh';
import type { Context } from '../../context.ts';
import { distance } from '../../output/text.ts';
import { given } from '../../output/views.ts';
import { enumOf, isoTime } from '../../output/words.ts';
import { readDuration } from '../../read-duration.ts';

/** Options of the URL. */
interface UrlOptions {
  readonly kind: string;
  readonly viewOnly?: boolean;
  readonly ttl?: string;
  readonly singleUse?: boolean;
  readonly subject?: string;
}

/** Makes a URL that opens a console. The URL alone goes to standard output, so that it can be handed to a browser. */
export async function createUrl(context: Context, options: UrlOptions, node: string): Promise<void> {
  const ttl = readDuration('--ttl', options.ttl);
  const answer = await (await context.conductor()).consoles.createConsoleUrl({
    node,
    kind: enumOf(ConsoleKind, options.kind),
    role: options.viewOnly ? Role.VIEW : Role.CONTROL,
    ...(ttl === undefined ? {} : { ttl: toDuration(ttl) }),
    singleUse: options.singleUse === true,
    subject: options.subject ?? '',
  });
  if (context.json) return context.show(given({ ...answer, expiresAt: isoTime(answer.expiresAt) }));
  context.io.stdout.write(`${answer.url}\n`);
  const left = answer.expiresAt ? ` for ${distance(fromTimestamp(answer.expiresAt) - Date.now())}` : '';
  const use = options.singleUse ? 'once, ' : '';
  context.note(`Opens the ${options.kind} console of ${node} ${use}${left.trim()}; token ${answer.tokenId}.`);
}
