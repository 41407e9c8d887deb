/**
 * One IPMI command as data: both directions, because a simulated BMC reads what a console writes.
 * Parsers of requests take exact lengths; parsers of responses ignore what BMCs append.
 */
export interface Command<Req, Res> {
  /** As the specification calls it. */
  readonly name: string;
  readonly netFn: number;
  readonly command: number;
  /** Completion codes of this command's own (80h..BEh), for texts. */
  readonly codes?: Readonly<Record<number, string>>;
  encodeRequest(request: Req): Buffer;
  /** @throws IpmiError MALFORMED */
  parseRequest(data: Uint8Array): Req;
  /** Without the completion code. */
  encodeResponse(response: Res): Buffer;
  /** @throws IpmiError MALFORMED */
  parseResponse(data: Uint8Array): Res;
}

const NOTHING = Buffer.alloc(0);

/** The halves of a command whose request or response has no data. */
export const emptyRequest = { encodeRequest: () => NOTHING, parseRequest: () => ({}) };
export const emptyResponse = { encodeResponse: () => NOTHING, parseResponse: () => ({}) };
export type Empty = Record<never, never>;
