import type { Identity } from '../identity.ts';

/** What a command of the kernel's can do to the machine. */
export interface SysRqTarget {
  readonly identity: Identity;
  /** Prints a line of the kernel's log. */
  log(text: string): void;
  reset(): void;
  powerOff(): void;
  crash(): void;
}

/** The keys of Linux (Documentation/admin-guide/sysrq.rst), as far as this machine knows them. */
const commands: Readonly<Record<string, (target: SysRqTarget) => void>> = {
  b(target) {
    target.log('sysrq: Resetting');
    target.reset();
  },
  c(target) {
    target.log('sysrq: Trigger a crash');
    target.crash();
  },
  e: (target) => target.log('sysrq: Terminate All Tasks'),
  f: (target) => target.log('sysrq: Manual OOM execution'),
  h: showHelp,
  i: (target) => target.log('sysrq: Kill All Tasks'),
  m(target) {
    const pages = target.identity.memory.gibibytes * 262_144;
    target.log('sysrq: Show Memory');
    target.log('Mem-Info:');
    target.log(`active_anon:4711 inactive_anon:815 free:${Math.round(pages * 0.96)}`);
    target.log(`${pages} pages RAM`);
  },
  o(target) {
    target.log('sysrq: Power Off');
    target.powerOff();
  },
  s(target) {
    target.log('sysrq: Emergency Sync');
    target.log('Emergency Sync complete');
  },
  t(target) {
    target.log('sysrq: Show State');
    target.log('task:systemd         state:S stack:0     pid:1     ppid:0      flags:0x00000002');
    target.log('task:agetty          state:S stack:0     pid:812   ppid:1      flags:0x00000002');
  },
  u(target) {
    target.log('sysrq: Emergency Remount R/O');
    target.log('Emergency Remount complete');
  },
  w: (target) => target.log('sysrq: Show Blocked State'),
};

/** Does what the kernel does on a character after a break; what it does not know it answers with what there is. */
export function answerSysRq(character: string, target: SysRqTarget): void {
  if (/^\d$/.test(character)) {
    target.log('sysrq: Changing Loglevel');
    target.log(`Loglevel set to ${character}`);
    return;
  }
  (commands[character] ?? showHelp)(target);
}

function showHelp({ log }: SysRqTarget): void {
  log(
    'sysrq: HELP : loglevel(0-9) reboot(b) crash(c) terminate-all-tasks(e) memory-full-oom-kill(f) kill-all-tasks(i) show-memory-usage(m) poweroff(o) sync(s) show-task-states(t) unmount(u) show-blocked-tasks(w)',
  );
}
