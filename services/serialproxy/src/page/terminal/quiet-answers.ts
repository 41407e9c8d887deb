import type { Terminal } from '@xterm/xterm';

/**
 * Tells what a terminal answers by itself from what somebody types: programs ask terminals for their kind, colours or cursor, and when
 * each of several viewers answered, the answers would be typed several times.
 *
 * @returns whether what `onData` hands over at this moment is such an answer
 */
export function watchAnswers({ parser }: Terminal): () => boolean {
  let answering = false;
  const asked = () => {
    answering = true;
    // The answer comes before this turn is over, and nobody types in between.
    queueMicrotask(() => {
      answering = false;
    });
    return false;
  };
  // DA1, DA2, DA3, DSR and DECXCPR, DECRQM, window reports, DECREQTPARM; ECMA-48 and the VT510 manual.
  for (const id of [
    { final: 'c' },
    { prefix: '>', final: 'c' },
    { prefix: '=', final: 'c' },
    { final: 'n' },
    { prefix: '?', final: 'n' },
    { intermediates: '$', final: 'p' },
    { prefix: '?', intermediates: '$', final: 'p' },
    { final: 't' },
    { final: 'x' },
  ]) {
    parser.registerCsiHandler(id, asked);
  }
  // DECRQSS, XTGETTCAP, and questions for colours.
  parser.registerDcsHandler({ intermediates: '$', final: 'q' }, asked);
  parser.registerDcsHandler({ intermediates: '+', final: 'q' }, asked);
  for (const id of [4, 10, 11, 12]) parser.registerOscHandler(id, asked);
  parser.registerEscHandler({ final: 'Z' }, asked);
  return () => answering;
}
