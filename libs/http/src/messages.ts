export interface HttpRequest {
  method: string;
  /** Path and query as they go over the wire; begins with `/`. */
  path: string;
  headers?: Record<string, string> | undefined;
  body?: string | Buffer | undefined;
  signal?: AbortSignal | undefined;
  /** For the whole exchange: waiting for the connection, connecting, TLS, answer, body. Default 30,000 ms. */
  deadlineMs?: number | undefined;
  /** Bound on the answer's body, before and after decompression. Default 4 MiB. */
  maxBodyBytes?: number | undefined;
}

export interface HttpResponse {
  status: number;
  /** Names in lower case; repeated ones joined by commas. */
  headers: Record<string, string>;
  /** Complete and decompressed. */
  body: Buffer;
}
