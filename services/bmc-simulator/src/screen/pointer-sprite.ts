/** The mouse pointer the machine draws: `#` its edge, `.` its body. The tip is at 0,0. */
const rows = [
  '#           ',
  '##          ',
  '#.#         ',
  '#..#        ',
  '#...#       ',
  '#....#      ',
  '#.....#     ',
  '#......#    ',
  '#.......#   ',
  '#........#  ',
  '#.........# ',
  '#......#####',
  '#...#..#    ',
  '#..# #..#   ',
  '#.#  #..#   ',
  '##    #..#  ',
  '#     #..#  ',
  '       ##   ',
];

export const pointerWidth = 12;
export const pointerHeight = rows.length;

const edge = 0x101828;
const body = 0xffffff;

/** 0xRRGGBB, or undefined where what lies beneath shines through. */
export function pointerPixel(x: number, y: number): number | undefined {
  const mark = rows[y]?.[x];
  if (mark === '#') return edge;
  return mark === '.' ? body : undefined;
}
