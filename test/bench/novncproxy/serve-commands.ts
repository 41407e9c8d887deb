type Handlers = Readonly<Record<string, (args: never) => unknown>>;

/** Answers the commands of the process that started this one (`Process.ask`), and ends with it. */
export function serveCommands(handlers: Handlers): void {
  process.on('message', (message: { id: number; command: string; args: unknown }) => {
    const { id, command, args } = message;
    const handler = handlers[command];
    Promise.resolve()
      .then(() => {
        if (!handler) throw new Error(`no command ${command}`);
        return handler(args as never);
      })
      .then(
        (value) => process.send?.({ id, value }),
        (error: unknown) =>
          process.send?.({ id, error: error instanceof Error ? error.message : String(error) }),
      );
  });
  process.on('disconnect', () => process.exit(0));
}
