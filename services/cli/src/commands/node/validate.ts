import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { printable } from '../../output/text.ts';
import { validationView } from '../../output/views.ts';

type View = ReturnType<typeof validationView>;

/**
 * Shows what the drivers think of a node. Ends with 7 when one of its interfaces would not work. A serial or power interface that is `auto`
 * and that no driver was meant for is none of its mistakes: most machines are written down for their screen.
 */
export async function validateNode(
  context: Context,
  { reachability }: { reachability?: boolean },
  node: string,
): Promise<ExitCode> {
  const { nodes } = await context.conductor(60_000);
  const answer = await nodes.validateNode({ node, checkReachability: reachability === true });
  const views = answer.interfaces.map(validationView);
  if (context.json) context.show(views);
  else for (const view of views) context.io.stdout.write(describe(context, view));
  return views.every((view) => view.valid || isLeftOut(view)) ? 0 : 7;
}

function isLeftOut(view: View): boolean {
  return !view.served && view.interface !== 'graphical';
}

function describe({ colours }: Context, view: View): string {
  if (isLeftOut(view)) return `${colours.dim('–')} ${view.interface}: no driver serves it\n`;
  const mark = view.valid ? colours.green('✓') : colours.red('✗');
  const driver = view.driver ? ` by ${view.driver}` : '';
  // What is wrong stands below, field by field.
  const repeated = view.violations.length > 0 && !view.valid;
  const why = view.why && !repeated ? `: ${printable(view.why)}` : '';
  const lines = view.violations.map(
    ({ field, message }) => `    ${printable(field ?? '')}: ${printable(message ?? '')}\n`,
  );
  return `${mark} ${view.interface}${driver}${why}\n${lines.join('')}`;
}
