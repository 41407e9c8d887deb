import { isReason, MeshError, type Reason } from '@consolemesh/errors';

/** How a fake container behaves: optional members of `app_info`. Other members are ignored. */
export interface FakeAppInfo {
  /** Starting fails with this reason of the error table. */
  readonly failStart?: Reason;
  /** Making the container takes so long, ms. */
  readonly slowMs: number;
  /** It runs, and its VNC server never answers. */
  readonly silent: boolean;
  /** It ends by itself while it starts. */
  readonly endsAtOnce: boolean;
  /** Streams break after so many bytes of the screen; 0 means never. */
  readonly dieAfterBytes: number;
}

/** Reads the members `fake_fail_start`, `fake_slow_ms`, `fake_silent`, `fake_ends_at_once` and `fake_die_after_bytes`. */
export function readAppInfo(text: string): FakeAppInfo {
  const given = JSON.parse(text || '{}') as Record<string, unknown>;
  const fail = given.fake_fail_start;
  if (fail !== undefined && (typeof fail !== 'string' || !isReason(fail))) {
    throw new MeshError('FIELD_INVALID', 'app_info.fake_fail_start is no reason of the error table.');
  }
  return {
    ...(fail === undefined ? {} : { failStart: fail }),
    slowMs: Number(given.fake_slow_ms ?? 0),
    silent: given.fake_silent === true,
    endsAtOnce: given.fake_ends_at_once === true,
    dieAfterBytes: Number(given.fake_die_after_bytes ?? 0),
  };
}
