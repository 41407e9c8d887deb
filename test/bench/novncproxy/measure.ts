import { cpuSeconds, memoryKiB, type Process } from './processes.ts';
import type { Stage } from './stage.ts';
import type { Way } from './way.ts';

/** What one run of a row gave. */
export interface Sample {
  /** In the row's unit. */
  readonly value: number;
  /** The proxy's CPU time, s. */
  readonly cpu: number;
  /** The holder's, where there is one. */
  readonly holderCpu?: number;
}

/** How much one run moves. */
export interface Load {
  readonly megabytes: number;
  readonly events: number;
  readonly openings: number;
  readonly idle: number;
}

/** Sessions that carry a load together. */
const sessionsAtOnce = 2;

/** MB that the machine sends and the browser receives, per CPU second. */
export async function download(stage: Stage, way: Way, megabytes: number): Promise<Sample> {
  return await withSessions(stage, way, sessionsAtOnce, async () => {
    const run = async (total: number) => {
      const bytesEach = Math.ceil((total * 1e6) / sessionsAtOnce);
      const done = stage.browser.ask('download', { bytesEach });
      await stage.machine.ask('blast', { bytesEach });
      await done;
    };
    await run(megabytes / 10);
    return await timed(way, megabytes, () => run(megabytes));
  });
}

/** ClientCutText of 64 KiB in one frame each. */
const clipboard = (() => {
  const message = Buffer.alloc(65_536, 'consolemesh ');
  message.writeUInt32BE(6 * 2 ** 24, 0);
  message.writeUInt32BE(message.length - 8, 4);
  return message.toString('hex');
})();

/** MB that the browser sends and the machine receives, per CPU second. */
export async function upload(stage: Stage, way: Way, megabytes: number): Promise<Sample> {
  return await withSessions(stage, way, sessionsAtOnce, async () => {
    const repeat = 8;
    const run = async (total: number) => {
      const times = Math.ceil((total * 1e6) / sessionsAtOnce / (repeat * 65_536));
      await carryUp(stage, { unit: [clipboard], repeat, times }, times * repeat * 65_536 * sessionsAtOnce);
      return (times * repeat * 65_536 * sessionsAtOnce) / 1e6;
    };
    await run(megabytes / 10);
    let moved = 0;
    const sample = await timed(way, 1, async () => {
      moved = await run(megabytes);
    });
    return { ...sample, value: moved / sample.cpu };
  });
}

/** KeyEvent (8 bytes) and PointerEvent (6 bytes) in turn. Source: RFC 6143 sections 7.5.4 and 7.5.5. */
const events = ['0401000000000061', '050100200040', '0400000000000061', '050000210041'];

/** Input events per CPU second, sent without a pause, `perFrame` in one WebSocket frame. */
export async function inputEvents(stage: Stage, way: Way, count: number, perFrame: number): Promise<Sample> {
  const unit: string[] = [];
  for (let i = 0; i < events.length; i += perFrame) {
    unit.push(Array.from({ length: perFrame }, (_, k) => events[(i + k) % events.length]!).join(''));
  }
  const perUnit = unit.length * perFrame;
  const bytesPerUnit = unit.join('').length / 2;
  return await withSessions(stage, way, sessionsAtOnce, async () => {
    const repeat = Math.ceil(2_000 / perUnit);
    const run = async (total: number) => {
      const times = Math.ceil(total / sessionsAtOnce / (repeat * perUnit));
      await carryUp(stage, { unit, repeat, times }, times * repeat * bytesPerUnit * sessionsAtOnce);
      return times * repeat * perUnit * sessionsAtOnce;
    };
    await run(count / 10);
    let moved = 0;
    const sample = await timed(way, 1, async () => {
      moved = await run(count);
    });
    return { ...sample, value: moved / sample.cpu };
  });
}

/** Input events per CPU second as people make them: each in a frame, a packet and a system call of its own, on many sessions. */
export async function singleEvents(stage: Stage, way: Way, count: number): Promise<Sample> {
  const sessions = 50;
  return await withSessions(stage, way, sessions, async () => {
    const run = async (total: number) => {
      const each = Math.ceil(total / sessions / events.length) * events.length;
      const bytes = (each / events.length) * (events.join('').length / 2) * sessions;
      await stage.machine.ask('reset');
      const arrived = stage.machine.ask('receive', { bytes });
      await stage.browser.ask('pace', { unit: events, count: each, everyMs: 5 });
      await arrived;
      return each * sessions;
    };
    await run(count / 10);
    let moved = 0;
    const sample = await timed(way, 1, async () => {
      moved = await run(count);
    });
    return { ...sample, value: moved / sample.cpu };
  });
}

async function carryUp(
  stage: Stage,
  what: { unit: string[]; repeat: number; times: number },
  bytes: number,
): Promise<void> {
  await stage.machine.ask('reset');
  const arrived = stage.machine.ask<number>('receive', { bytes });
  await stage.browser.ask('upload', what);
  const received = await arrived;
  if (received !== bytes) throw new Error(`${received} bytes arrived instead of ${bytes}`);
}

/** Sessions opened (up to ServerInit) and closed, per CPU second. */
export async function openings(stage: Stage, way: Way, count: number): Promise<Sample> {
  const cycle = (total: number) => stage.browser.ask('cycle', { to: way.to, count: total, atOnce: 16 });
  await cycle(Math.ceil(count / 5));
  const sample = await timed(way, count, async () => {
    await cycle(count);
    await quiet(stage);
  });
  return sample;
}

/** KiB for each open session; `firstScreen` bytes have come to each before. */
export async function memory(stage: Stage, way: Way, count: number, firstScreen = 0): Promise<Sample> {
  await stage.browser.ask('cycle', { to: way.to, count: 200 < count ? 200 : count, atOnce: 16 });
  await quiet(stage);
  const before = await settledMemory(way.proxy);
  const cpuBefore = cpuSeconds(way.proxy.pid);
  await stage.browser.ask('open', { to: way.to, count, atOnce: 16 });
  if (firstScreen > 0) {
    const done = stage.browser.ask('download', { bytesEach: firstScreen });
    await stage.machine.ask('blast', { bytesEach: firstScreen });
    await done;
  }
  const after = await settledMemory(way.proxy);
  const cpu = cpuSeconds(way.proxy.pid) - cpuBefore;
  await stage.browser.ask('close');
  await quiet(stage);
  return { value: (after - before) / count, cpu };
}

/** Memory without garbage, where the process can be asked to collect it. */
async function settledMemory(proxy: Process): Promise<number> {
  if (proxy.answers) await proxy.ask('collect');
  return memoryKiB(proxy.pid);
}

async function timed(way: Way, amount: number, work: () => Promise<unknown>): Promise<Sample> {
  const before = cpuSeconds(way.proxy.pid);
  const holderBefore = way.holder ? cpuSeconds(way.holder.pid) : 0;
  await work();
  const cpu = Math.max(0.01, cpuSeconds(way.proxy.pid) - before);
  const holder = way.holder ? { holderCpu: cpuSeconds(way.holder.pid) - holderBefore } : {};
  return { value: amount / cpu, cpu, ...holder };
}

async function withSessions<T>(stage: Stage, way: Way, count: number, work: () => Promise<T>): Promise<T> {
  await quiet(stage);
  await stage.browser.ask('open', { to: way.to, count, atOnce: 8 });
  try {
    return await work();
  } finally {
    await stage.browser.ask('close');
    await quiet(stage);
  }
}

/** Resolves when no session is open at the machine any more. */
async function quiet(stage: Stage): Promise<void> {
  const deadline = Date.now() + 30_000;
  while ((await stage.machine.ask<number>('viewers')) > 0) {
    if (Date.now() > deadline) throw new Error('sessions stay open at the machine');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
