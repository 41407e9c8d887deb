import type { Setting } from './setting.ts';

/** The README's table of settings, in the order of their declaration. */
export function formatTable(settings: readonly Setting<unknown>[]): string {
  const rows = settings.map((setting) => [variableCell(setting), defaultCell(setting), meaningCell(setting)]);
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(['variable', 'default', 'meaning']), '|---|---|---|', ...rows.map(line)].join('\n');
}

function variableCell({ env, secret }: Setting<unknown>): string {
  if (!secret) return `\`${env}\``;
  return secret.inlineAllowed ? `\`${env}\` or \`${env}_FILE\`` : `\`${env}_FILE\``;
}

function defaultCell({ default: fallback, optional }: Setting<unknown>): string {
  if (fallback === undefined) return optional ? 'unset' : '**required**';
  return fallback === '' ? 'empty' : `\`${fallback}\``;
}

function meaningCell({ doc, expects, showExpects }: Setting<unknown>): string {
  const meaning = doc.replaceAll(/\s*\n\s*/g, ' ').trim();
  return showExpects ? `${meaning} Accepts ${expects}.` : meaning;
}
