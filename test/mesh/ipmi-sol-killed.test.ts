import { describe, expect, it, vi } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { type SolMachine, solUser, startSolMachine } from '../harness/sol-machine.ts';
import { startSolProcess } from '../harness/sol-process.ts';
import { solCaller } from '../harness/sol-world.ts';

vi.setConfig({ testTimeout: 120_000 });

const secrets = { ipmi_password: solUser.password };

/** A console that is open in a process, and whose state its caller has been told. */
async function openIn(target: { target: string }, machine: SolMachine) {
  const targets = [target];
  const caller = solCaller(targets, machine.info({ ipmi_sol_hold: 'always' }), secrets);
  const console = caller.at(0);
  await console.start();
  await eventually(() => machine.bmc.solOwner !== undefined);
  return { ...caller, targets, console, [Symbol.dispose]: caller[Symbol.dispose] };
}

describe('a driver process', () => {
  it('leaves no session at the BMC when it is told to end', async () => {
    await using machine = await startSolMachine();
    await using driver = await startSolProcess();
    using _open = await openIn(driver, machine);
    expect(await driver.end('SIGTERM')).toBe(0);
    expect(machine.bmc.solOwner).toBe(undefined);
    expect(machine.bmc.sessions).toEqual([]);
    expect(driver.output()).not.toContain(solUser.password);
  });

  it('that was killed leaves a session, which its successor knows and ends', async () => {
    await using machine = await startSolMachine();
    await using driver = await startSolProcess();
    using open = await openIn(driver, machine);
    await eventually(async () => (await open.console.look()).driverState.length > 100);
    await driver.end('SIGKILL');
    const left = machine.bmc.solOwner;
    expect(left).not.toBe(undefined);

    await using successor = await startSolProcess();
    open.targets.push(successor);
    const console = open.console.at(1);
    await console.start();
    await eventually(() => machine.bmc.solOwner !== undefined && machine.bmc.solOwner !== left);
    expect(machine.bmc.sessions).not.toContain(left);
    await using viewer = console.attach();
    await viewer.event('opened');
    viewer.send(Buffer.from('alive'));
    await viewer.readUntil('alive');
    await console.stop();
    expect(machine.bmc.sessions).toEqual([]);
  });

  it('that was killed before anybody knew of its session is waited for: the BMC forgets it', async () => {
    await using machine = await startSolMachine({ inactivityMs: 8_000 });
    await using driver = await startSolProcess();
    using open = await openIn(driver, machine);
    await driver.end('SIGKILL');
    const left = machine.bmc.solOwner;
    await using successor = await startSolProcess();
    open.targets.push(successor);
    using fresh = solCaller([successor], machine.info(), secrets);
    const console = fresh.at(0);
    await console.start();
    await eventually(() => machine.bmc.sessions.every((session) => session !== left));
    await using viewer = console.attach();
    await viewer.event('opened');
    viewer.send(Buffer.from('alive'));
    await viewer.readUntil('alive');
  });

  it('that is gone does not keep anybody from ending its console, also when the BMC is gone too', async () => {
    await using machine = await startSolMachine();
    await using driver = await startSolProcess();
    using open = await openIn(driver, machine);
    await eventually(async () => (await open.console.look()).driverState.length > 100);
    await driver.end('SIGKILL');
    machine.silent = true;
    await using successor = await startSolProcess();
    open.targets.push(successor);
    await open.console.at(1).stop();
    // What a process has written may be read later than what it has answered.
    await eventually(
      () => successor.output(),
      (said) => said.includes('may stand for another minute'),
    );
  });
});
