import { type HttpClient, HttpError, type HttpRequest, type HttpResponse } from '@consolemesh/http';
import { RedfishError } from './errors.ts';
import { resolvePath, samePath } from './resolve-path.ts';

/** One exchange with the service, whatever its status. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;

/**
 * What every request to a Redfish service has in common (DSP0266, "Request headers"), and two peculiarities that are
 * answered before the service has acted, so that sending once more repeats nothing:
 * a redirect to the same path with or without its final slash, and 406 for `Accept-Encoding: identity` (HPE Gen10+).
 */
export function createSend(http: HttpClient): Send {
  let encoding = 'identity';
  return async (request) => {
    const headers = () => ({
      accept: 'application/json',
      'odata-version': '4.0',
      'accept-encoding': encoding,
      ...(request.body !== undefined && { 'content-type': 'application/json' }),
      ...request.headers,
    });
    const answer = await once(http, { ...request, headers: headers() });
    if (answer.status !== 406 || encoding !== 'identity') return answer;
    encoding = 'gzip';
    return await once(http, { ...request, headers: headers() });
  };
}

async function once(http: HttpClient, request: HttpRequest, redirected = false): Promise<HttpResponse> {
  const what = `${request.method} ${request.path}`;
  try {
    return await http.request(request);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    if (error.code === 'TOO_LARGE') throw new RedfishError('TOO_LARGE', `${what}: ${error.message}`);
    const { location } = error.details;
    if (location === undefined || redirected) throw error;
    const path = resolvePath(location, http.origin, what);
    if (path === request.path || !samePath(path, request.path)) throw error;
    return await once(http, { ...request, path }, true);
  }
}
