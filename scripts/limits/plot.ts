/** Draws a simulation as SVG: requested and admitted tokens, and the calls to the busiest objects. */
import type { Result, Second } from "./simulation.ts";

const WIDTH = 820;
const PANEL_WIDTH = 330;
const PANEL_HEIGHT = 190;
const LEFT = 70;
const TOP = 60;
const GAP = 90;

interface Line {
  readonly label: string;
  readonly colour: string;
  readonly dash?: string;
  readonly values: readonly number[];
}

/** One column for each scenario, in the given order. */
export function drawPlot(results: readonly Result[]): string {
  const height = TOP + 2 * PANEL_HEIGHT + GAP + 60;
  const columns = results.flatMap((result, index) => {
    const x = LEFT + index * (PANEL_WIDTH + 80);
    const { seconds, scenario } = result;
    const read = (member: keyof Second) => seconds.map((second) => second[member]);
    return [
      panel(x, TOP, `${scenario.name}: requests per second`, [
        { label: "requested", colour: "#9aa5b1", values: read("requests") },
        { label: "admitted", colour: "#0b6e4f", values: read("admitted") },
        { label: "one exact bucket", colour: "#c8553d", dash: "4 3", values: read("admittedExactly") },
      ]),
      panel(x, TOP + PANEL_HEIGHT + GAP, `${scenario.name}: calls per second`, [
        { label: "the global object", colour: "#1d4e89", values: read("globalCalls") },
        { label: "the busiest location's", colour: "#b07d12", values: read("locationCalls") },
        { label: "capacity of one object", colour: "#c8553d", dash: "4 3", values: seconds.map(() => 1000) },
      ]),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<title>One key, 10,000 isolates, 100 locations</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...columns,
    "</svg>\n",
  ].join("\n");
}

function panel(x: number, y: number, title: string, lines: readonly Line[]): string {
  const most = roundedUp(Math.max(...lines.flatMap(({ values }) => values)));
  const length = Math.max(...lines.map(({ values }) => values.length));
  const across = (index: number) => (x + (index / (length - 1)) * PANEL_WIDTH).toFixed(1);
  const up = (value: number) => (y + PANEL_HEIGHT * (1 - value / most)).toFixed(1);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = up(part * most);
    const label = (part * most).toLocaleString("en-US");
    return (
      `<line x1="${x}" x2="${x + PANEL_WIDTH}" y1="${at}" y2="${at}" stroke="#e4e7eb"/>` +
      `<text x="${x - 6}" y="${Number(at) + 4}" text-anchor="end" fill="#52606d">${label}</text>`
    );
  });
  const ticks = [0, 10, 20, 30, 40, 50]
    .filter((tick) => tick <= length)
    .map(
      (tick) =>
        `<text x="${across(Math.min(tick, length - 1))}" y="${y + PANEL_HEIGHT + 15}" text-anchor="middle" fill="#52606d">${tick} s</text>`,
    );
  const drawn = lines.map(({ values, colour, dash }) => {
    const points = values.map((value, index) => `${across(index)},${up(value)}`).join(" ");
    const dashes = dash === undefined ? "" : ` stroke-dasharray="${dash}"`;
    return `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="1.8"${dashes}/>`;
  });
  const legend = lines.map(({ label, colour }, index) => {
    const at = x + index * 112;
    return (
      `<rect x="${at}" y="${y - 14}" width="9" height="9" fill="${colour}"/>` +
      `<text x="${at + 13}" y="${y - 6}" fill="#1f2933">${label}</text>`
    );
  });
  const heading = `<text x="${x}" y="${y - 24}" font-size="13" font-weight="600" fill="#1f2933">${title}</text>`;
  return [heading, ...grid, ...ticks, ...drawn, ...legend].join("\n");
}

/** The next of 1, 2, 4 or 10 times a power of ten. */
function roundedUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 10].find((factor) => factor * power >= value) ?? 10) * power;
}
