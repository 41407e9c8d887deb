import type { HttpClient, HttpResponse } from '@consolemesh/http';
import type { RedfishCredentials } from '@consolemesh/redfish';

const sessions = '/redfish/v1/SessionService/Sessions';
const logoutMs = 5_000;
/** bmcweb's names for it, now and before 2021. */
const sessionCookies = ['BMCWEB-SESSION', 'SESSION'] as const;
const csrfCookie = 'XSRF-TOKEN';

/** A session as browsers have it. */
export interface CookieSession extends AsyncDisposable {
  /** For the upgrade. Secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the WebSocket's subprotocol has to be, so that no other page can use the cookie. Secret. */
  readonly csrf: string;
}

/**
 * Logs in as a browser does, for BMCs whose WebSockets take no token; the credentials have been accepted before. Undefined where the BMC
 * knows no such login.
 * ```
 * POST …/Sessions, X-Requested-With: XMLHttpRequest  →  201, Set-Cookie: BMCWEB-SESSION=…, Set-Cookie: XSRF-TOKEN=…
 * upgrade with both cookies and Sec-WebSocket-Protocol: <the value of XSRF-TOKEN>
 * ```
 * (bmcweb, redfish_sessions.hpp and websocket_impl.hpp.) Disposing logs out. A login that was sent is waited for, `deadlineMs` at most: cut
 * off, it may have made a session that nobody could end.
 */
export async function logInByCookie(
  http: HttpClient,
  { username, password }: RedfishCredentials,
  deadlineMs: number,
): Promise<CookieSession | undefined> {
  const answer = await http.request({
    method: 'POST',
    path: sessions,
    headers: { 'content-type': 'application/json', 'x-requested-with': 'XMLHttpRequest' },
    body: JSON.stringify({ UserName: username, Password: password }),
    deadlineMs,
  });
  if (answer.status >= 300) return undefined;
  const cookies = readCookies(answer.headers['set-cookie'] ?? '');
  const name = sessionCookies.find((cookie) => cookies.has(cookie));
  const csrf = cookies.get(csrfCookie);
  const pairs = [name, csrfCookie].flatMap((key) => {
    const value = key && cookies.get(key);
    return value ? [`${key}=${value}`] : [];
  });
  const headers = { cookie: pairs.join('; ') };
  const location = sessionOf(answer, http.origin);
  const logOut = async () => {
    if (location === undefined) return;
    const token = csrf === undefined ? answer.headers['x-auth-token'] : undefined;
    const shown =
      token === undefined ? { ...headers, 'x-xsrf-token': csrf ?? '' } : { 'x-auth-token': token };
    const request = { method: 'DELETE', path: location, headers: shown, deadlineMs: logoutMs };
    await http.request(request).catch(() => {});
  };
  if (name === undefined || csrf === undefined) {
    // It has made an ordinary session, which is of no use here.
    await logOut();
    return undefined;
  }
  return { headers, csrf, [Symbol.asyncDispose]: logOut };
}

/** Cookies by name; several headers come joined with commas, which also stand in the dates of `Expires`. */
export function readCookies(header: string): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const [, name, value] of header.matchAll(/(?:^|,)\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=([^;,\s"]*)/g)) {
    cookies.set(name!, value!);
  }
  return cookies;
}

/** Where the session is to be ended; of no use when it is at another host. */
function sessionOf(answer: HttpResponse, origin: string | undefined): string | undefined {
  const { location } = answer.headers;
  const base = origin ?? 'https://service.invalid';
  if (location === undefined || !URL.canParse(location, base)) return undefined;
  const url = new URL(location, base);
  return url.origin === base ? url.pathname : undefined;
}
