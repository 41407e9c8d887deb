/**
 * Path and query of a `ConsoleURI` ("a URI reference on the Redfish service", DSP0268), which may say `ws:` or `wss:` for `http:` and
 * `https:`. Undefined where it leads elsewhere: whoever opens it brings the session along.
 * @param origin `https://host:port` of the service
 */
export function pathOnService(uri: string, origin: string | undefined): string | undefined {
  const base = origin ?? 'https://service.invalid';
  const asHttp = uri.replace(/^ws(s?):/i, 'http$1:');
  if (!URL.canParse(asHttp, base)) return undefined;
  const url = new URL(asHttp, base);
  return url.origin === base ? url.pathname + url.search : undefined;
}
