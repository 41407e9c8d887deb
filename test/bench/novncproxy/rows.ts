import {
  download,
  inputEvents,
  type Load,
  memory,
  openings,
  type Sample,
  singleEvents,
  upload,
} from './measure.ts';
import type { Stage } from './stage.ts';
import type { Way, WayName } from './way.ts';

/** One line of the table. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Whether more or less is better. */
  readonly better: 'more' | 'less';
  readonly goal?: number;
  readonly ours: WayName;
  readonly theirs?: WayName;
  /** The `ws` proxy takes part, for orientation. */
  readonly ws?: boolean;
  run(stage: Stage, way: Way, load: Load, who: Who): Promise<Sample>;
}

export type Who = 'ours' | 'theirs' | 'ws';

/** A load for whoever manages less in the same time. */
const slower = (amount: number, who: Who, part: number) => (who === 'theirs' ? amount * part : amount);

/** The rows, in the order of the table. */
export const rows: readonly Row[] = [
  {
    id: 'down',
    title: 'server to browser, ws',
    unit: 'MB',
    better: 'more',
    goal: 1_500,
    ours: 'ours',
    theirs: 'websockify',
    ws: true,
    run: (stage, way, { megabytes }, who) => download(stage, way, slower(megabytes, who, 0.5)),
  },
  {
    id: 'down-tls',
    title: 'server to browser, wss',
    unit: 'MB',
    better: 'more',
    ours: 'oursTls',
    theirs: 'websockifyTls',
    run: (stage, way, { megabytes }) => download(stage, way, megabytes * 0.4),
  },
  {
    id: 'down-relay',
    title: 'server to browser, relay (Attach, mTLS)',
    unit: 'MB',
    better: 'more',
    goal: 400,
    ours: 'oursRelay',
    run: (stage, way, { megabytes }) => download(stage, way, megabytes * 0.3),
  },
  {
    id: 'down-tls-relay',
    title: 'server to browser, holder by TLS without gRPC',
    unit: 'MB',
    better: 'more',
    ours: 'oursTlsRelay',
    run: (stage, way, { megabytes }) => download(stage, way, megabytes * 0.3),
  },
  {
    id: 'up',
    title: 'browser to server (64 KiB messages)',
    unit: 'MB',
    better: 'more',
    goal: 900,
    ours: 'ours',
    theirs: 'websockify',
    ws: true,
    run: (stage, way, { megabytes }, who) => upload(stage, way, slower(megabytes * 0.6, who, 0.3)),
  },
  {
    id: 'up-relay',
    title: 'browser to server, relay (Attach, mTLS)',
    unit: 'MB',
    better: 'more',
    ours: 'oursRelay',
    run: (stage, way, { megabytes }) => upload(stage, way, megabytes * 0.2),
  },
  {
    id: 'events',
    title: 'input events, one per frame, without pause',
    unit: 'events',
    better: 'more',
    goal: 250_000,
    ours: 'ours',
    theirs: 'websockify',
    ws: true,
    run: (stage, way, { events }, who) => inputEvents(stage, way, slower(events, who, 0.04), 1),
  },
  {
    id: 'events-8',
    title: 'input events, eight per frame, without pause',
    unit: 'events',
    better: 'more',
    goal: 250_000,
    ours: 'ours',
    theirs: 'websockify',
    ws: true,
    run: (stage, way, { events }, who) => inputEvents(stage, way, slower(events * 2, who, 0.1), 8),
  },
  {
    id: 'events-single',
    title: 'input events, one per packet, 50 sessions',
    unit: 'events',
    better: 'more',
    ours: 'ours',
    theirs: 'websockify',
    ws: true,
    run: (stage, way, { events }) => singleEvents(stage, way, events / 100),
  },
  {
    id: 'openings',
    title: 'sessions opened and closed (token checked; ws: no token)',
    unit: 'sessions',
    better: 'more',
    goal: 700,
    ours: 'ours',
    theirs: 'websockifyToken',
    ws: true,
    run: (stage, way, load, who) => openings(stage, way, slower(load.openings, who, 0.15)),
  },
  {
    id: 'memory',
    title: 'memory per open idle session',
    unit: 'KiB',
    better: 'less',
    goal: 64,
    ours: 'ours',
    theirs: 'websockify',
    ws: true,
    run: (stage, way, { idle }, who) => memory(stage, way, slower(idle, who, 0.2)),
  },
  {
    id: 'memory-drawn',
    title: 'the same, after a first screen of 1 MB each',
    unit: 'KiB',
    better: 'less',
    goal: 64,
    ours: 'ours',
    theirs: 'websockify',
    ws: true,
    run: (stage, way, { idle }, who) => memory(stage, way, slower(idle, who, 0.2), 1e6),
  },
  {
    id: 'memory-tls',
    title: 'memory per open idle session, wss',
    unit: 'KiB',
    better: 'less',
    ours: 'oursTls',
    theirs: 'websockifyTls',
    run: (stage, way, { idle }, who) => memory(stage, way, slower(idle, who, 0.2)),
  },
];
