/** Strokes of the icons on a grid of 24; drawn for this page. */
const strokes = {
  keys: 'M3 7.5A1.5 1.5 0 0 1 4.5 6h15A1.5 1.5 0 0 1 21 7.5v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 16.5zM7 10h.01M10.3 10h.01M13.7 10h.01M17 10h.01M8 14h8',
  type: 'M5 7V5h14v2M12 5v14M9 19h6',
  clipboard:
    'M9 5H7a1.5 1.5 0 0 0-1.5 1.5v12A1.5 1.5 0 0 0 7 20h10a1.5 1.5 0 0 0 1.5-1.5v-12A1.5 1.5 0 0 0 17 5h-2M9 3.5h6v3H9z',
  picture: 'M4 6h9M17 6h3M4 12h3M11 12h9M4 18h8M16 18h4M15 4v4M9 10v4M14 16v4',
  fullscreen: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  camera:
    'M4 8.5A1.5 1.5 0 0 1 5.5 7H8l1.5-2h5L16 7h2.5A1.5 1.5 0 0 1 20 8.5v9a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5zM12 16a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4',
  power: 'M12 4v7M7.5 6.5a7 7 0 1 0 9 0',
  up: 'M6 15l6-6 6 6',
  down: 'M6 9l6 6 6-6',
  info: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17M12 11v5M12 8h.01',
  touch: 'M4 5h16v9H4zM7.5 8h.01M11 8h.01M14.5 8h.01M8 11h8M9.5 18l2.5 2.5 2.5-2.5',
  hand: 'M12 4v16M4 12h16M12 4l-2.5 2.5M12 4l2.5 2.5M12 20l-2.5-2.5M12 20l2.5-2.5M4 12l2.5-2.5M4 12l2.5 2.5M20 12l-2.5-2.5M20 12l-2.5 2.5',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12M12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5',
  warning: 'M12 4.5 21 19.5H3zM12 10v4M12 16.8h.01',
  clock: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17M12 7.5V12l3 2',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  pen: 'M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM14 6.5l3.5 3.5',
  people:
    'M9 11.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4M3 19c.4-3.2 2.8-5 6-5s5.6 1.8 6 5M16 5.3a3 3 0 0 1 0 5.9M18 14.4c1.8.7 2.8 2.3 3 4.6',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.5 15.5 20 20',
  save: 'M12 4v10M7.5 10l4.5 4.5 4.5-4.5M5 19.5h14',
  paste:
    'M9 5H7a1.5 1.5 0 0 0-1.5 1.5v12A1.5 1.5 0 0 0 7 20h10a1.5 1.5 0 0 0 1.5-1.5v-12A1.5 1.5 0 0 0 17 5h-2M9 3.5h6v3H9zM12 10v6M9.5 13.5 12 16l2.5-2.5',
  text: 'M4 18 9.5 5h1L16 18M6 13.5h8M17 12h4M19 10v4',
  log: 'M4 5.5h16v13H4zM10 9v6l5-3z',
  play: 'M8 5.5v13L18.5 12z',
  pause: 'M8.5 5.5v13M15.5 5.5v13',
  first: 'M6 5.5v13M18.5 5.5v13L9 12z',
  last: 'M18 5.5v13M5.5 5.5v13L15 12z',
  monitor: 'M4 5.5h16v10.5H4zM9 20h6M12 16v4M7.5 9l2.5 2-2.5 2',
} as const;

export type IconName = keyof typeof strokes;

/** An icon in the colour of its text; decoration, so hidden from screen readers. */
export function icon(name: IconName): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const path = document.createElementNS(space, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', strokes[name]);
  svg.append(path);
  return svg;
}
