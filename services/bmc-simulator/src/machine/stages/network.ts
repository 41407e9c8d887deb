import type { StageFactory } from '../stage.ts';

/** Network boot: asks for an address, finds no boot file, and hands on to the disk. */
export const networkStage: StageFactory = ({ screen, both, identity, now, random }) => {
  let skipped = false;
  return {
    *run() {
      const [nic] = identity.nics;
      screen.showCursor(true);
      both.print('\n');
      both.print(`  ${identity.vendor} network boot agent ${identity.firmwareVersion}\n\n`, {
        fg: 'white',
      });
      both.print(`  Adapter     ${nic?.device}  ${nic?.model}\n  Address     ${nic?.mac}\n`);
      both.print(`  Started     ${new Date(now()).toISOString()}\n\n  `);
      yield* type('Link        ', 700);
      both.print('up, 25000 Mb/s full duplex\n  ', { fg: 'brightGreen' });
      yield* type('DHCP        ', random.between(900, 1600));
      both.print(`${nic?.address} / 255.255.255.0, gateway 192.0.2.1\n  `);
      yield* type('Next server ', 500);
      both.print('192.0.2.5\n  ');
      yield* type('TFTP        ', 1300);
      both.print('no boot file offered\n\n', { fg: 'yellow' });
      both.print('  PXE-E53: No boot filename received\n  PXE-M0F: Leaving the network boot agent\n\n');
      both.print(skipped ? '  Skipped by the user.\n' : '  Trying the next boot device …\n', {
        fg: 'grey',
      });
      yield 900;
      return 'loader';
    },
    key({ name }) {
      if (name === 'Escape') skipped = true;
    },
  };

  /** Dots while waiting; Escape cuts the wait short. */
  function* type(label: string, ms: number): Generator<number, void, undefined> {
    both.print(label, { fg: 'grey' });
    for (let dot = 0; dot < 6 && !skipped; dot++) {
      both.print('.', { fg: 'darkGrey' });
      yield ms / 6;
    }
    both.print(' ');
  }
};
