/** Messages a minute since the page was opened, drawn once there is something to draw. */
import { useEffect, useRef } from 'preact/hooks';
import type { WireMetrics } from '../../../../src/faces/rest/schemas/metrics.ts';
import { Section } from '../../design/page.tsx';
import { words } from '../../i18n/words.ts';
import type { TrafficChart } from './traffic-chart.ts';
import { takeSample, toRates } from './traffic-samples.ts';

export function Traffic({ metrics }: { metrics: WireMetrics }) {
  const text = words().overview;
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<TrafficChart>(undefined);
  takeSample(metrics);
  const rates = toRates();

  useEffect(() => {
    let left = false;
    void import('./traffic-chart.ts').then(({ createTrafficChart }) => {
      if (left || box.current === null) return;
      chart.current = createTrafficChart(box.current, toRates(), [text.received, text.sent]);
    });
    return () => {
      left = true;
      chart.current?.close();
      chart.current = undefined;
    };
  }, [text]);
  useEffect(() => chart.current?.show(rates));

  const last = rates.received.at(-1) ?? 0;
  return (
    <Section title={text.traffic} aside={<span class="small soft">{text.trafficHint}</span>}>
      <div class="panel">
        {rates.at.length < 2 && <p class="small soft">{text.trafficWaiting}</p>}
        <div
          ref={box}
          class={rates.at.length < 2 ? 'traffic unseen' : 'traffic'}
          role="img"
          aria-label={text.trafficSpoken(Math.round(last))}
        />
      </div>
    </Section>
  );
}
