import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCore } from '../terminal/xterm-core.ts';
import { isBeyondPictures } from '../testing/beyond-pictures.ts';
import { describeScreen } from '../testing/describe-screen.ts';
import { lineNoise } from '../testing/line-noise.ts';
import { keepScreen, type Screen } from './keep-screen.ts';

const size = { columns: 20, rows: 6 };
const limits = { scrollbackRows: 20, backlogBytes: 200, pictureBytes: 1024 * 1024 };

function screenAfter(...bytes: Buffer[]) {
  using opened = openCore(size.columns, size.rows, limits.scrollbackRows);
  opened.core._inputHandler.parse(Buffer.concat(bytes));
  return describeScreen(opened);
}

async function append(screen: Screen, bytes: Buffer): Promise<void> {
  await screen.room(bytes.length);
  screen.append(bytes);
}

async function pictureOf(screen: Screen): Promise<Buffer> {
  await screen.watch();
  const picture = screen.picture();
  screen.unwatch();
  return picture;
}

/** What a test does with a screen, beside feeding it. */
const interludes = fc.constantFrom('nothing', 'look', 'watch', 'unwatch', 'watch and do not wait');

describe('the screen of a line', () => {
  it('shows a newcomer what a terminal shows that saw everything, whoever watched in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(lineNoise, interludes), { maxLength: 6 }), async (steps) => {
        fc.pre(
          !isBeyondPictures({ ...size, scrollback: limits.scrollbackRows }, ...steps.map(([bytes]) => bytes)),
        );
        const screen = keepScreen(size, limits);
        let watchers = 0;
        const said: Buffer[] = [];
        for (const [bytes, interlude] of steps) {
          if (interlude === 'look') await pictureOf(screen);
          if (interlude.startsWith('watch')) {
            watchers += 1;
            const awake = screen.watch();
            if (interlude === 'watch') await awake;
          } else if (interlude === 'unwatch' && watchers > 0) {
            watchers -= 1;
            screen.unwatch();
          }
          await append(screen, bytes);
          said.push(bytes);
        }
        expect(screenAfter(await pictureOf(screen))).toEqual(screenAfter(...said));
      }),
      { numRuns: Number(process.env.RUNS ?? 150) },
    );
  });

  it('misses nothing that comes while it wakes', async () => {
    const screen = keepScreen(size, { ...limits, backlogBytes: 300_000 });
    await append(screen, Buffer.from('x'.repeat(200_000)));
    const awake = screen.watch();
    let lines = 0;
    while (!screen.awake) {
      lines += 1;
      await append(screen, Buffer.from(`\r\nline ${lines}`));
      await Promise.resolve();
    }
    await awake;
    expect(lines).toBeGreaterThan(1);
    expect(screen.picture().toString()).toContain(`line ${lines}`);
    expect(screen.picture().toString()).toContain(`line ${lines - 1}`);
  });

  it('holds a terminal only while somebody watches', async () => {
    const screen = keepScreen(size, limits);
    await append(screen, Buffer.from('hello'));
    expect(screen.awake).toBe(false);
    await screen.watch();
    await screen.watch();
    screen.unwatch();
    expect(screen.awake).toBe(true);
    screen.unwatch();
    await expect.poll(() => screen.awake).toBe(false);
    expect((await pictureOf(screen)).toString()).toContain('hello');
  });

  it('keeps its terminal for somebody who comes as the last one leaves', async () => {
    const screen = keepScreen(size, limits);
    await screen.watch();
    screen.unwatch();
    const awake = screen.watch();
    for (let turn = 0; turn < 20; turn += 1) {
      expect(screen.awake).toBe(true);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await awake;
  });

  it('says nothing of a line that has said nothing', async () => {
    expect(await pictureOf(keepScreen(size, limits))).toHaveLength(0);
  });

  it('shows less of the scrollback when a picture would be too long, and the screen in any case', async () => {
    const screen = keepScreen(size, { ...limits, pictureBytes: 400 });
    const rows = Array.from({ length: 26 }, (_, row) => `\x1b[38;2;1;2;${row}mrow ${row}.`);
    await append(screen, Buffer.from(rows.join('\r\n')));
    const picture = (await pictureOf(screen)).toString();
    expect(picture).toContain('row 25.');
    expect(picture).toContain('row 20.');
    expect(picture).not.toContain('row 0.');
  });

  it('keeps its size while it sleeps, and shows itself in the newest', async () => {
    const screen = keepScreen(size, limits);
    await append(screen, Buffer.from(`${'a'.repeat(20)}\r\n\r\n`));
    screen.resize({ columns: 10, rows: 4 });
    await append(screen, Buffer.from('b'));
    using newcomer = openCore(10, 4, limits.scrollbackRows);
    newcomer.core._inputHandler.parse(await pictureOf(screen));
    expect(describeScreen(newcomer).normal.rows).toEqual(['aaaaaaaaaa', '>aaaaaaaaaa', '', 'b']);
  });

  it('lets others have their turn while it rolls a full backlog into a checkpoint', async () => {
    const screen = keepScreen(
      { columns: 80, rows: 24 },
      { ...limits, scrollbackRows: 1000, backlogBytes: 256 * 1024 },
    );
    const row = Buffer.from(`${'0123456789'.repeat(7)}\r\n`);
    const block = Buffer.concat(Array.from({ length: (256 * 1024) / row.length }, () => row));
    await append(screen, block);
    let turns = 0;
    const count = setInterval(() => (turns += 1), 0);
    await append(screen, block);
    clearInterval(count);
    expect(turns).toBeGreaterThan(3);
    expect((await pictureOf(screen)).toString()).toContain('0123456789');
  });
});
