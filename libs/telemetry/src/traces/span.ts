import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { reasonOf } from '../reason.ts';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

/** Where a span belongs. */
export interface SpanOptions {
  readonly kind?: 'server' | 'client' | 'internal';
  /**
   * A traceparent: the span goes on with that trace, or begins one where the text is none. `root`: it begins one. Absent: it belongs to the
   * span that it is made in, and without one there is none: what goes on in the background is no trace.
   */
  readonly parent?: string | 'root' | undefined;
  /** Never a secret, a token, or a URL that may hold one. */
  readonly attributes?: Attributes;
}

/** A span whose life is no block of code; use `inSpan` where it is. When traces are off nothing of it does anything. */
export interface OpenSpan {
  /** Runs something inside it: spans and log lines made there belong to it. */
  run<T>(work: () => T): T;
  set(attributes: Attributes): void;
  /** Points at another trace; what is no traceparent is left out. */
  link(traceparent: string): void;
  /** Its place as a traceparent; empty when traces are off. */
  readonly traceparent: string;
  /** Only the first end counts. An error gives it its reason, and nothing else of the error. */
  end(failure?: { readonly error: unknown }): void;
}

/** Whether traces are on; `startTelemetry` says so. */
export const tracing = { on: false };

/** Begins a span. */
export function startSpan(name: string, options: SpanOptions = {}): OpenSpan {
  if (!tracing.on || isBackground(options)) return noSpan;
  const parent = contextOf(options.parent);
  // Asked for each time: who was asked before may belong to a provider that is gone.
  const span = trace
    .getTracer('consolemesh')
    .startSpan(name, { kind: kinds[options.kind ?? 'internal'], ...attributesOf(options) }, parent);
  return openSpan(span, trace.setSpan(parent, span));
}

/** Runs something inside a span of its own, which ends with it. */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: OpenSpan) => Promise<T>,
): Promise<T> {
  if (!tracing.on || isBackground(options)) return work(noSpan);
  const span = startSpan(name, options);
  try {
    const result = await span.run(() => work(span));
    span.end();
    return result;
  } catch (error) {
    span.end({ error });
    throw error;
  }
}

/** Runs something outside of every span: what it begins outlives the call that it begins in. */
export function detached<T>(work: () => T): T {
  return tracing.on ? context.with(ROOT_CONTEXT, work) : work();
}

/** The traceparent of the span that this runs in; undefined outside of one. */
export function currentTraceparent(): string | undefined {
  const span = tracing.on ? trace.getActiveSpan() : undefined;
  return span && formatTraceparent(span.spanContext());
}

function isBackground({ parent }: SpanOptions): boolean {
  return parent === undefined && trace.getActiveSpan() === undefined;
}

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };

function attributesOf({ attributes }: SpanOptions): { attributes?: Attributes } {
  return attributes ? { attributes } : {};
}

function contextOf(parent: SpanOptions['parent']): Context {
  if (parent === undefined) return context.active();
  const place = parseTraceparent(parent);
  return place ? trace.setSpanContext(ROOT_CONTEXT, place) : ROOT_CONTEXT;
}

function openSpan(span: Span, inside: Context): OpenSpan {
  let ended = false;
  return {
    run: (work) => context.with(inside, work),
    set: (attributes) => void span.setAttributes(attributes),
    link(traceparent) {
      const place = parseTraceparent(traceparent);
      if (place) span.addLink({ context: place });
    },
    traceparent: formatTraceparent(span.spanContext()),
    end(failure) {
      if (ended) return;
      ended = true;
      if (failure) {
        const reason = reasonOf(failure.error);
        span.setAttribute('consolemesh.reason', reason);
        span.setStatus({ code: SpanStatusCode.ERROR, message: reason });
      }
      span.end();
    },
  };
}

const noSpan: OpenSpan = {
  run: (work) => work(),
  set: () => {},
  link: () => {},
  traceparent: '',
  end: () => {},
};
