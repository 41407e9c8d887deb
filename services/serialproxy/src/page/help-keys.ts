/** Keys of the page, as its help names them. */
export const helpKeys: readonly (readonly [string, string])[] = [
  ['Ctrl+Alt+Shift', 'from the terminal to the tools'],
  ['Ctrl+Shift+C', 'copy what is selected'],
  ['Ctrl+Shift+V', 'paste'],
  ['Ctrl+Shift+F', 'search'],
  ['Shift+PgUp', 'scroll back'],
  ['← →', 'along the tools'],
  ['Esc', 'close a menu, the search or the log'],
  ['Space, ← →, + −', 'in the log: play, by 5 s, faster'],
];
