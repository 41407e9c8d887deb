import { isSpanContextValid, type SpanContext } from '@opentelemetry/api';

/** Key of the gRPC metadata that carries it. */
export const traceparentKey = 'traceparent';

/**
 * A place in a trace as text.
 *
 *     00-<32 hex: trace>-<16 hex: span>-<2 hex: flags, bit 0 = sampled>
 *
 * Source: W3C Trace Context, section 3.2.
 */
export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`;
}

/** The place that a text names; undefined when it is none. What a later version appends is ignored (section 4.3). */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const match = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.{0,128})?$/.exec(text ?? '');
  if (!match) return undefined;
  const [, version, traceId, spanId, flags, rest] = match;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  const context = {
    traceId: traceId!,
    spanId: spanId!,
    traceFlags: Number.parseInt(flags!, 16) & 1,
    isRemote: true,
  };
  return isSpanContextValid(context) ? context : undefined;
}
