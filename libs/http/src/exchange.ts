import type { Client, Dispatcher } from 'undici';
import { asHttpError, stopped } from './as-http-error.ts';
import { decodeBody, tooLarge } from './decode-body.ts';
import { HttpError } from './errors.ts';
import type { HttpRequest, HttpResponse } from './messages.ts';
import type { Progress } from './progress.ts';

const DEFAULT_MAX_BODY_BYTES = 4 * 1024 * 1024;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** One request and its whole answer. */
export async function exchange(
  client: Client,
  request: HttpRequest,
  headers: Record<string, string>,
  progress: Progress,
): Promise<HttpResponse> {
  const maxBytes = request.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  const { method, path, body = null } = request;
  const raw = await new Promise<HttpResponse>((resolve, reject) => {
    const handler = collect(progress, maxBytes, resolve, (error) => reject(asHttpError(error, progress)));
    client.dispatch({ method: method as Dispatcher.HttpMethod, path, body, headers }, handler);
  });
  const { location } = raw.headers;
  if (REDIRECTS.has(raw.status) && location !== undefined) {
    throw new HttpError(
      'UNEXPECTED_REDIRECT',
      `the peer redirects (status ${raw.status}); nothing is followed`,
      {
        location,
      },
    );
  }
  return { ...raw, body: await decodeBody(raw.body, raw.headers['content-encoding'], maxBytes) };
}

/**
 * Gathers an answer. Only undici's own reports settle it, also after the deadline: until then the connection is not
 * free, and what it still has to say must not hit the next request.
 */
function collect(
  progress: Progress,
  maxBytes: number,
  resolve: (response: HttpResponse) => void,
  reject: (error: unknown) => void,
): Dispatcher.DispatchHandler {
  const { signal } = progress.limit;
  const chunks: Buffer[] = [];
  let size = 0;
  let status = 0;
  let headers: Record<string, string> = {};
  let stop = () => {};
  return {
    onRequestStart(controller) {
      progress.awaiting = "the server's answer";
      stop = () => controller.abort(stopped(progress));
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
    },
    onResponseStart(controller, code, incoming) {
      if (code < 200) return;
      progress.answered = true;
      progress.awaiting = "the rest of the server's answer";
      status = code;
      headers = flat(incoming);
      if (Number(headers['content-length']) > maxBytes) controller.abort(tooLarge(maxBytes));
    },
    onResponseData(controller, chunk) {
      size += chunk.length;
      if (size > maxBytes) {
        chunks.length = 0;
        controller.abort(tooLarge(maxBytes));
        return;
      }
      progress.awaiting = `the rest of the server's answer (${size} bytes of its body came)`;
      chunks.push(chunk);
    },
    onResponseEnd() {
      signal.removeEventListener('abort', stop);
      resolve({ status, headers, body: Buffer.concat(chunks) });
    },
    onResponseError(_controller, error) {
      signal.removeEventListener('abort', stop);
      reject(error);
    },
  };
}

/** Repeated headers become one, separated by commas (RFC 9110, section 5.3). */
function flat(incoming: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
