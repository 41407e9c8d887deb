/**
 * Trailer that says: no handler has seen this call, so it can be made again whatever it does. A draining server sends it, and the balancer
 * sets it on calls that found no instance. It is of one call only; an error that is passed on from service to service does not carry it.
 */
export const unprocessedKey = 'consolemesh-unprocessed';
