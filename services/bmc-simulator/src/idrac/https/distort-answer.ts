import type { ServerResponse } from 'node:http';
import type { IdracMisbehaviour } from '../misbehaviour.ts';
import type { HttpAnswer } from './face-answer.ts';

/** Sends an answer, or what misbehaviour makes of it. */
export function sendAnswer(response: ServerResponse, answer: HttpAnswer, misbehave: IdracMisbehaviour): void {
  const body = misbehave.dirty ? soil(answer.body) : Buffer.from(answer.body, 'utf8');
  if (misbehave.huge) sendWithoutEnd(response, answer, body);
  else if (misbehave.truncated && body.length > 1) sendHalf(response, answer, body);
  else {
    response.writeHead(answer.status, { ...answer.headers, 'content-length': body.length });
    response.end(body, () => answer.afterwards?.());
  }
}

function sendHalf(response: ServerResponse, answer: HttpAnswer, body: Buffer): void {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': body.length });
  response.write(body.subarray(0, body.length >> 1), () => response.socket?.destroy());
}

/**
 * Bytes that no XML and no JSON may have, where iDRACs have them: at the end of texts. Once everything but printable ASCII is taken out,
 * the answer is whole again.
 */
function soil(text: string): Buffer {
  const dirt = '\x01\x0b\xff';
  return Buffer.from(text.replace(/<\/n1:/g, `${dirt}</n1:`).replace(/^\{/, `{${dirt}`), 'latin1');
}

/** The answer without its last bytes, and then blanks for as long as anybody reads. */
function sendWithoutEnd(response: ServerResponse, answer: HttpAnswer, body: Buffer): void {
  const filler = Buffer.alloc(64 * 1024, ' ');
  response.writeHead(answer.status, { ...answer.headers });
  response.write(body.subarray(0, body.length >> 1));
  const fill = () => {
    while (!response.destroyed && response.write(filler));
  };
  response.on('drain', fill);
  fill();
}
