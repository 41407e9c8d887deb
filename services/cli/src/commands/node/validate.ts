import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { printable } from '../../output/text.ts';
import { validationView } from '../../output/views.ts';

/** Shows what the drivers think of a node. Ends with 7 when one of its interfaces would not work. */
export async function validateNode(
  context: Context,
  { reachability }: { reachability?: boolean },
  node: string,
): Promise<ExitCode> {
  const { nodes } = context.conductor(60_000);
  const answer = await nodes.validateNode({ node, checkReachability: reachability === true });
  const views = answer.interfaces.map(validationView);
  if (context.json) context.show(views);
  else for (const view of views) context.io.stdout.write(describe(context, view));
  return views.every(({ valid }) => valid) ? 0 : 7;
}

function describe({ colours }: Context, view: ReturnType<typeof validationView>): string {
  const mark = view.valid ? colours.green('✓') : colours.red('✗');
  const driver = view.driver ? ` by ${view.driver}` : '';
  const why = view.why ? `: ${printable(view.why)}` : '';
  const lines = view.violations.map(
    ({ field, message }) => `    ${printable(field)}: ${printable(message)}\n`,
  );
  return `${mark} ${view.interface}${driver}${why}\n${lines.join('')}`;
}
