import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PageFiles } from './page-files.ts';

/** How files are served. */
export interface ServeFilesOptions {
  readonly files: PageFiles;
  /** Further paths that show the page, such as `vnc.html`. */
  readonly pages: readonly string[];
  /** Who may show the page in a frame: sources of CSP's frame-ancestors; empty = nobody. */
  readonly frameAncestors: readonly string[];
  /** Whether the page came by TLS; then browsers are told to keep to it. */
  readonly strictTransport: boolean;
}

/** Headers of every answer. */
export function securityHeaders(frameAncestors: readonly string[]): Record<string, string> {
  const ancestors = frameAncestors.length > 0 ? frameAncestors.join(' ') : "'none'";
  return {
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      // noVNC draws the remote pointer into a data: URL; a screenshot is a blob:.
      "img-src 'self' data: blob:",
      "font-src 'self'",
      "connect-src 'self'",
      "manifest-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      `frame-ancestors ${ancestors}`,
    ].join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
    ...(frameAncestors.length === 0 ? { 'X-Frame-Options': 'DENY' } : {}),
  };
}

/** Answers one request for a file; `path` is below the base path, without a slash in front and without its query. */
export function serveFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  options: ServeFilesOptions,
): void {
  const headers: Record<string, string> = securityHeaders(options.frameAncestors);
  if (options.strictTransport) headers['Strict-Transport-Security'] = 'max-age=31536000';
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { ...headers, Allow: 'GET, HEAD' }).end();
    return;
  }
  const name = path === '' || options.pages.includes(path) ? 'index.html' : path;
  const file = options.files.get(name);
  if (!file) {
    const missing = name === 'index.html' ? 'The page of this service has not been built.\n' : 'Not found.\n';
    response.writeHead(404, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }).end(missing);
    return;
  }
  headers['Cache-Control'] = file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache';
  headers.ETag = file.etag;
  if (request.headers['if-none-match']?.includes(file.etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  headers['Content-Type'] = file.type;
  headers['Content-Length'] = String(file.body.length);
  response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : file.body);
}
