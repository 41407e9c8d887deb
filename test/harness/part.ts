import { type Backend, type Line, openLine } from './line.ts';

/** One service of a mesh in a test, behind cables that can be cut. */
export interface Part<T> extends AsyncDisposable {
  readonly name: string;
  /** What runs, or ran last. */
  readonly running: T;
  readonly alive: boolean;
  /** Where others reach it, one line for each of its listeners; stays the same over restarts. */
  readonly lines: readonly Line[];
  /** gRPC target of its first line. */
  readonly target: string;
  /** Ends it as a power cut would look to the others: its connections are reset, and it says and does nothing more. */
  kill(): void;
  /** Lets its timers stand still, as in a process that was stopped; answers how to let it go on. */
  stall(): () => void;
  /** Starts it anew behind the same addresses. */
  restart(): Promise<void>;
}

/** How to run a part. */
export interface PartOptions<T> {
  readonly name: string;
  /** How many listeners it has. */
  readonly listeners: number;
  start(lines: readonly Line[]): Promise<T>;
  /** Where its listeners are, in the order of the lines. */
  addresses(running: T): readonly Backend[];
  /** Cables by which it reaches out, cut with it. */
  readonly outward?: readonly Line[];
  /** Ends it without a word; in the background, since nobody hears it any more. Disposing it unless told. */
  crash?(running: T): Promise<void>;
  stall?(): () => void;
}

/** Starts a part behind its lines. */
export async function startPart<T extends AsyncDisposable>(options: PartOptions<T>): Promise<Part<T>> {
  const { name, outward = [], crash = async (running: T) => running[Symbol.asyncDispose]() } = options;
  let addresses: readonly Backend[] = [];
  let alive = false;
  const crashed: Promise<void>[] = [];
  const lines = await Promise.all(
    Array.from({ length: options.listeners }, (_, i) =>
      openLine(() => (alive && addresses[i] ? [addresses[i]] : [])),
    ),
  );
  let running = await begin();

  async function begin(): Promise<T> {
    const begun = await options.start(lines);
    addresses = options.addresses(begun);
    alive = true;
    return begun;
  }

  return {
    name,
    lines,
    target: lines[0]!.target,
    get running() {
      return running;
    },
    get alive() {
      return alive;
    },
    kill() {
      if (!alive) return;
      alive = false;
      for (const line of [...lines, ...outward]) line.cut();
      crashed.push(crash(running));
    },
    stall() {
      if (!options.stall) throw new Error(`${name} cannot be stalled`);
      return options.stall();
    },
    async restart() {
      if (alive) throw new Error(`${name} runs already`);
      await Promise.all(crashed);
      await Promise.all([...lines, ...outward].map((line) => line.mend()));
      running = await begin();
    },
    async [Symbol.asyncDispose]() {
      if (alive) await running[Symbol.asyncDispose]();
      await Promise.all([...crashed, ...lines.map((line) => line[Symbol.asyncDispose]())]);
    },
  };
}
