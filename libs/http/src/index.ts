export { HttpError, type HttpErrorCode, type HttpErrorDetails } from './errors.ts';
export { createHttpClient, type HttpClient } from './http-client.ts';
export type { HttpRequest, HttpResponse } from './messages.ts';
export type { HttpTarget } from './target.ts';
