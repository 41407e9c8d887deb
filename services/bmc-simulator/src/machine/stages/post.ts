import { putBigText } from '../../screen/big-text.ts';
import { putEmblem } from '../../screen/emblem.ts';
import type { ColourName } from '../../screen/palette.ts';
import { bootDeviceNames } from '../firmware-settings.ts';
import type { StageContext, StageFactory, StageName } from '../stage.ts';

const left = 4;
const firstLine = 15;
const simulated = 'A simulated server: nothing here is real, and nothing can break.';
const shades: ColourName[] = ['logo1', 'logo1', 'logo2', 'logo3', 'logo4', 'logo5', 'logo6', 'logo6'];

/** Power-on self test: banner, memory count, processors, adapters, disks, and the keys that lead elsewhere. */
export const postStage: StageFactory = (context) => {
  let wanted: StageName | undefined;
  return {
    *run() {
      yield 350;
      drawBanner(context);
      yield 500;
      let row = firstLine;
      row = yield* countMemory(context, row);
      row = yield* listHardware(context, row);
      row++;
      context.screen.put(left, row, 'Boot order', { fg: 'white' });
      context.serial.print('Boot order\n', { fg: 'white' });
      for (const [index, device] of context.firmware.bootOrder.entries()) {
        row++;
        const line = `${index + 1}. ${bootDeviceNames[device]}`;
        context.screen.put(left + 2, row, line);
        context.serial.print(`  ${line}\n`);
      }
      sayOverride(context, row + 1);
      yield* promptForSetup(context, () => wanted !== undefined);
      return wanted ?? context.override ?? firstBootStage(context);
    },
    key({ name }) {
      const next = wantedBy(name);
      if (!next || wanted) return;
      wanted = next;
      announce(context, next);
    },
    pointer({ row, column, pressed }) {
      if (!pressed || row !== context.screen.rows - 2) return;
      const target = keyHints.find(({ at, text }) => column >= at && column < at + text.length);
      if (!target || wanted) return;
      wanted = target.stage;
      announce(context, target.stage);
    },
  };
};

const keyHints = [
  { at: left, text: ' F2 / Del  Set-up ', stage: 'setup' },
  { at: left + 22, text: ' F11  Boot menu ', stage: 'bootMenu' },
  { at: left + 42, text: ' F12  Network boot ', stage: 'network' },
] as const;

function wantedBy(name: string | undefined): StageName | undefined {
  if (name === 'F2' || name === 'Delete') return 'setup';
  if (name === 'F11') return 'bootMenu';
  return name === 'F12' ? 'network' : undefined;
}

function firstBootStage({ firmware }: StageContext): StageName {
  const network = firmware.values.networkBoot === 'Enabled';
  const first = firmware.bootOrder.find((device) => device !== 'network' || network);
  return first === 'network' ? 'network' : 'loader';
}

function announce({ screen, serial }: StageContext, next: StageName): void {
  const text: Partial<Record<StageName, string>> = {
    setup: 'Entering set-up …',
    bootMenu: 'Opening the boot menu …',
    network: 'Booting from the network …',
  };
  screen.fill(0, screen.rows - 4, screen.columns, 1);
  screen.put(left, screen.rows - 4, text[next] ?? '', { fg: 'logo2' });
  serial.print(`\n${text[next] ?? ''}\n`);
}

function drawBanner({ screen, serial, identity }: StageContext): void {
  putEmblem(screen, left, 1, shades);
  putBigText(screen, left + 25, 2, 'Meshworks', shades);
  const tag = `${identity.product}  ·  Firmware ${identity.firmwareVersion} (${identity.firmwareDate})  ·  Serial ${identity.serial}`;
  screen.put(left + 26, 10, tag, { fg: 'grey' });
  serial.print('\x1b[0m\n\nMeshworks\n', { fg: 'logo2' });
  serial.print(`${tag}\n${simulated}\n\n`);
  screen.put(left + 26, 11, simulated, {
    fg: 'darkGrey',
  });
  screen.fill(left, 13, screen.columns - 2 * left, 1, { fg: 'panelEdge' }, '─');
  for (const { at, text } of keyHints) {
    screen.put(at, screen.rows - 2, text, { fg: 'white', bg: 'panel' });
  }
  serial.print(`${identity.name}   ${keyHints.map(({ text }) => text.trim()).join('   ')}\n\n`);
  const name = identity.name.slice(0, 40);
  screen.put(screen.columns - left - name.length, screen.rows - 2, name, { fg: 'logo2' });
}

function* countMemory(
  { screen, serial, identity }: StageContext,
  row: number,
): Generator<number, number, undefined> {
  const total = identity.memory.gibibytes;
  const steps = 28;
  screen.put(left, row, 'Memory', { fg: 'white' });
  for (let step = 1; step <= steps; step++) {
    const tested = Math.floor((total * step) / steps) * 1024;
    const bar = '█'.repeat(step).padEnd(steps, '░');
    const end = screen.put(left + 14, row, `${String(tested).padStart(8)} MiB  `);
    if (step % 7 === 0) serial.print(`\rMemory    ${String(tested).padStart(8)} MiB`);
    screen.put(end, row, bar, { fg: 'logo3' });
    yield 45;
  }
  const { modules, speed } = identity.memory;
  screen.put(left + 60, row, 'OK', { fg: 'brightGreen' });
  const kind = `${modules} × ${total / modules} GiB DDR5-${speed}, ECC`;
  screen.put(left + 64, row, kind);
  serial.print('  OK', { fg: 'brightGreen' });
  serial.print(`  ${kind}\n`);
  return row + 1;
}

function* listHardware(context: StageContext, start: number): Generator<number, number, undefined> {
  const { screen, serial, identity, random } = context;
  const { processor, disks, nics } = identity;
  const lines: [string, string][] = [];
  for (let socket = 0; socket < processor.sockets; socket++) {
    const { model, cores, megahertz } = processor;
    lines.push([`CPU ${socket}`, `${model}, ${cores} cores at ${(megahertz / 1000).toFixed(2)} GHz`]);
  }
  for (const [slot, { model, serial, gigabytes }] of disks.entries()) {
    lines.push([`NVMe ${slot}`, `${model} ${gigabytes} GB, serial ${serial}`]);
  }
  for (const [port, { model, mac }] of nics.entries()) {
    lines.push([`NIC ${port}`, `${model}, ${mac}, link ${port === 0 ? 'up' : 'down'}`]);
  }
  lines.push(['USB', '1 keyboard, 1 mouse, 1 virtual drive'], ['BMC', 'Ready, console redirected']);
  let row = start;
  for (const [label, text] of lines) {
    screen.put(left, row, label, { fg: 'white' });
    yield random.between(90, 260);
    screen.put(left + 14, row, text);
    screen.put(left + 60, row, 'OK', { fg: 'brightGreen' });
    serial.print(`${label.padEnd(10)}${text}\n`);
    yield random.between(40, 120);
    row++;
  }
  return row;
}

/** Somebody has said, through the BMC, where this boot leads. */
function sayOverride({ screen, serial, override }: StageContext, row: number): void {
  if (!override) return;
  const text = `Boot override by the BMC: ${override}`;
  screen.put(left, row + 1, text, { fg: 'yellow' });
  serial.print(`${text}\n`, { fg: 'yellow' });
}

function* promptForSetup(context: StageContext, leave: () => boolean): Generator<number, void, undefined> {
  const { screen, firmware } = context;
  const steps = 10 * Number(firmware.values.setupPromptSeconds);
  const width = screen.columns - 2 * left;
  for (let step = 0; step < steps && !leave(); step++) {
    const filled = Math.floor((width * step) / steps);
    screen.fill(left, screen.rows - 3, width, 1, { fg: 'panel' }, '▁');
    screen.fill(left, screen.rows - 3, filled, 1, { fg: 'logo4' }, '▁');
    yield 100;
  }
  yield 300;
}
