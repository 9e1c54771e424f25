/** The bots of `onebot-face.ts`, in a thread of their own: they count what they get and note when. */
import { parentPort, workerData } from 'node:worker_threads';
import { WebSocket } from 'ws';
import type { BotsOrder, BotsReport } from './onebot-face.ts';

const { url, token, bots } = workerData as BotsOrder;
let arrivals: Float64Array[] = [];
let counts: number[] = [];
let missing = 0;

function report(what: BotsReport): void {
  parentPort?.postMessage(what);
}

function arrived(bot: number): void {
  const count = counts[bot] ?? 0;
  const of = arrivals[bot];
  if (!of || count >= of.length) return;
  of[count] = performance.timeOrigin + performance.now();
  counts[bot] = count + 1;
  missing -= 1;
  if (missing === 0) report({ done: arrivals });
}

parentPort?.on('message', (count: number) => {
  arrivals = Array.from({ length: bots }, () => new Float64Array(count));
  counts = arrivals.map(() => 0);
  missing = count * bots;
});

let open = 0;
for (let bot = 0; bot < bots; bot += 1) {
  const socket = new WebSocket(url, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  socket.on('message', (data: Buffer) => {
    if (data.includes('"meta_event"')) {
      if (!data.includes('"lifecycle"')) return;
      open += 1;
      if (open === bots) report({ connected: true });
      return;
    }
    arrived(bot);
  });
}
