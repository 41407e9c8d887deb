import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** Limits of one fetch. */
export interface FetchLimits {
  /** From the first byte out to the last one in, ms. */
  readonly deadlineMs: number;
  /** Longest answer, bytes. */
  readonly longest: number;
  /** PEM of the authority of the other end; those of the system when unset. */
  readonly ca?: Buffer | undefined;
}

/** GETs JSON over HTTP(S). Follows no redirect, keeps no connection. Rejects with one line that names the place and what is wrong there. */
export async function fetchJson(url: URL, { deadlineMs, longest, ca }: FetchLimits): Promise<unknown> {
  const signal = AbortSignal.timeout(deadlineMs);
  try {
    const text = await fetchText(url, longest, ca, signal);
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Error(`${url.origin}${url.pathname}: ${reasonOf(cause, signal, deadlineMs)}`, { cause });
  }
}

function fetchText(url: URL, longest: number, ca: Buffer | undefined, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { accept: 'application/json' };
    const request =
      url.protocol === 'https:'
        ? requestHttps(url, { agent: false, signal, headers, ...(ca ? { ca } : {}) })
        : requestHttp(url, { agent: false, signal, headers });
    const giveUp = (why: string) => {
      reject(new Error(why));
      request.destroy();
    };
    request.on('error', reject);
    request.on('response', (response) => {
      if (response.statusCode !== 200) {
        response.on('error', () => {});
        return giveUp(`answered ${response.statusCode}, not 200`);
      }
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > longest) giveUp(`the answer is longer than ${longest} bytes`);
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
    request.end();
  });
}

function reasonOf(cause: unknown, signal: AbortSignal, deadlineMs: number): string {
  if (signal.aborted) return `no answer within ${deadlineMs} ms`;
  if (cause instanceof SyntaxError) return 'the answer is not JSON';
  const { code, message } = cause as NodeJS.ErrnoException;
  return message || code || String(cause);
}
