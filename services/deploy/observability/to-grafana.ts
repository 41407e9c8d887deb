import type { Panel, Row } from './panels.ts';

const width = 24;
const heights = { value: 4, lines: 8, stack: 8 };
const source = { type: 'prometheus', uid: 'prometheus' };

/**
 * The JSON that Grafana is provisioned with, of rows of panels (Grafana’s classic dashboard model, schemaVersion 39: read by every Grafana
 * since 10, which brings it to its own form by itself).
 */
export function toGrafana(title: string, rows: readonly Row[]): object {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      type: 'row',
      id: panels.length + 1,
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: width, h: 1 },
      panels: [],
    });
    y += 1;
    const perLine = Math.min(row.panels.length, row.panels[0]?.as === 'value' ? 6 : 4);
    const lines = Math.ceil(row.panels.length / perLine);
    const columns = Math.ceil(row.panels.length / lines);
    row.panels.forEach((panel, index) => {
      const height = heights[panel.as ?? 'lines'];
      const line = Math.floor(index / columns);
      const inLine = Math.min(columns, row.panels.length - line * columns);
      const left = (at: number) => Math.floor((at * width) / inLine);
      const column = index - line * columns;
      const gridPos = {
        x: left(column),
        y: y + line * height,
        w: left(column + 1) - left(column),
        h: height,
      };
      panels.push({ ...toPanel(panel), id: panels.length + 1, gridPos });
    });
    y += lines * heights[row.panels[0]?.as ?? 'lines'];
  }
  return {
    uid: 'consolemesh',
    title,
    tags: ['consolemesh'],
    schemaVersion: 39,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    templating: { list: [services] },
    annotations: { list: [] },
    links: [],
    panels,
  };
}

/** The choice at the top of the dashboard: all services, or some. */
const services = {
  name: 'job',
  label: 'service',
  type: 'query',
  datasource: source,
  query: { query: 'label_values(up{job!~"collector|jaeger|prometheus"}, job)', refId: 'job' },
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  current: { text: ['All'], value: ['$__all'] },
  options: [],
  regex: '',
  hide: 0,
  skipUrlSync: false,
};

function toPanel({ title, description, unit, queries, as = 'lines', bounds }: Panel): object {
  const steps = [
    { color: 'green', value: null },
    ...(bounds
      ? [
          { color: 'yellow', value: bounds[0] },
          { color: 'red', value: bounds[1] },
        ]
      : []),
  ];
  const common = {
    title,
    description,
    datasource: source,
    targets: queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: source,
      expr,
      legendFormat,
      range: as !== 'value',
      instant: as === 'value',
      editorMode: 'code',
    })),
  };
  if (as === 'value') {
    return {
      ...common,
      type: 'stat',
      fieldConfig: {
        defaults: {
          unit,
          decimals: unit === 's' ? 2 : 0,
          thresholds: { mode: 'absolute', steps },
          noValue: '–',
        },
        overrides: [],
      },
      options: {
        colorMode: bounds ? 'value' : 'none',
        graphMode: 'none',
        justifyMode: 'auto',
        orientation: 'auto',
        textMode: queries.length > 1 ? 'value_and_name' : 'value',
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      },
    };
  }
  return {
    ...common,
    type: 'timeseries',
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        thresholds: { mode: 'absolute', steps },
        custom: {
          drawStyle: 'line',
          lineWidth: 1,
          fillOpacity: as === 'stack' ? 30 : 5,
          showPoints: 'auto',
          spanNulls: 60_000,
          stacking: { mode: as === 'stack' ? 'normal' : 'none', group: 'A' },
        },
      },
      overrides: [],
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}
