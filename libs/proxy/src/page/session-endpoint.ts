/** Address of the session endpoint: beside the page, whatever its name and base path are. */
export function sessionEndpoint(pageUrl: string): string {
  const url = new URL('session', pageUrl.replace(/[?#].*$/, ''));
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
