/** The chart itself: uPlot, loaded when the overview has something for it. */
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatClock } from '../../i18n/format.ts';
import type { Rates } from './traffic-samples.ts';

const height = 140;
/** However short it is open, a page shows this much: seconds. */
const shortestSpan = 120;

export interface TrafficChart {
  show(rates: Rates): void;
  close(): void;
}

/** Draws into the box, and follows its width, until it is closed. */
export function createTrafficChart(
  box: HTMLElement,
  rates: Rates,
  labels: readonly [string, string],
): TrafficChart {
  // A canvas takes colours, not variables; these two properties of the box hold the ones of the theme.
  const { color, caretColor } = getComputedStyle(box);
  const axis = {
    stroke: color,
    grid: { stroke: 'rgb(128 128 128 / 20%)', width: 1 },
    ticks: { show: false },
  };
  const plot = new UPlot(
    {
      width: box.clientWidth,
      height,
      cursor: { show: false },
      legend: { show: true, live: false },
      scales: {
        x: { range: (_, first, last) => [Math.min(first, last - shortestSpan), last] },
        y: { range: (_, low, high) => [Math.min(0, low), Math.max(1, high)] },
      },
      axes: [
        { ...axis, space: 90, values: (_, seconds) => seconds.map((at) => formatClock(at * 1000)) },
        { ...axis, size: 44 },
      ],
      series: [
        {},
        { label: labels[0], stroke: caretColor, width: 1.5, points: { show: false } },
        { label: labels[1], stroke: color, width: 1.5, dash: [5, 3], points: { show: false } },
      ],
    },
    toData(rates),
    box,
  );
  const resizing = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height }));
  resizing.observe(box);
  return {
    show: (next) => plot.setData(toData(next)),
    close() {
      resizing.disconnect();
      plot.destroy();
    },
  };
}

function toData({ at, received, sent }: Rates): UPlot.AlignedData {
  return [at, received, sent];
}
