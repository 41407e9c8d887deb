import { type Opened, type Pen, PenChange, type Viewer as WireViewer } from '@consolemesh/contracts/stream';
import { Role } from '@consolemesh/contracts/types';
import { isReason } from '@consolemesh/errors';
import type {
  AttachNotice,
  AttachWish,
  ConsoleControl,
  ConsoleEvent,
  ConsoleScene,
  Viewer,
} from '@consolemesh/proxy';

/** Who is there, as clients are told. */
export function sceneOf({ size, viewers }: Opened): ConsoleScene {
  return {
    size: size ? { columns: size.columns, rows: size.rows } : null,
    viewers: viewers.map(viewerOf),
  };
}

/** A holder's notice, as clients are told; undefined for one that is not for them. */
export function eventOf(notice: AttachNotice): ConsoleEvent | undefined {
  switch (notice.$case) {
    case 'joined':
      return notice.value.viewer && { type: 'joined', viewer: viewerOf(notice.value.viewer) };
    case 'left':
      return { type: 'left', session: notice.value.sessionId };
    case 'pen':
      return penOf(notice.value);
    case 'resized': {
      const { size } = notice.value;
      return size && { type: 'resized', columns: size.columns, rows: size.rows };
    }
    case 'upstreamLost': {
      const { reason, message } = notice.value;
      return {
        type: 'upstream',
        state: 'lost',
        reason: isReason(reason) ? reason : 'UPSTREAM_LOST',
        message: message || null,
      };
    }
    case 'upstreamRestored':
      return { type: 'upstream', state: 'restored', reason: null, message: null };
    default:
      return undefined;
  }
}

/** A client's wish, as the holder is asked. */
export function wishOf(control: ConsoleControl): AttachWish {
  switch (control.type) {
    case 'resize':
      return { $case: 'resize', value: { columns: control.columns, rows: control.rows } };
    case 'break':
      return { $case: 'break', value: {} };
    case 'pen':
      if (control.action === 'give') return { $case: 'givePen', value: { sessionId: control.session } };
      return control.action === 'ask' ? { $case: 'askPen', value: {} } : { $case: 'takePen', value: {} };
  }
}

function viewerOf({ sessionId, subject, role, hasPen }: WireViewer): Viewer {
  return { session: sessionId, subject, role: role === Role.VIEW ? 'view' : 'control', pen: hasPen };
}

const changes = {
  [PenChange.ASKED]: 'asked',
  [PenChange.GIVEN]: 'given',
  [PenChange.TAKEN]: 'taken',
  [PenChange.CLAIMED]: 'claimed',
  [PenChange.FREED]: 'released',
} as const;

function penOf({ sessionId, askedBySessionId, previousSessionId, change }: Pen): ConsoleEvent | undefined {
  const named = changes[change as keyof typeof changes] as (typeof changes)[keyof typeof changes] | undefined;
  if (!named) return undefined;
  const actors = {
    asked: askedBySessionId,
    given: previousSessionId,
    taken: sessionId,
    claimed: sessionId,
    released: previousSessionId,
  };
  return { type: 'pen', holder: sessionId || null, change: named, by: actors[named] || null };
}
