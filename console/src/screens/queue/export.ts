/** Takes all deliveries of a view out as a JSON file. */
import type { WireDelivery } from '../../../../src/faces/rest/schemas/delivery.ts';
import { readDeliveries, type DeliveryQuery } from '../../api/hub.ts';

/** Beyond this a browser's memory is the wrong place: the command line writes any number. */
const exportLimit = 100_000;

/** Reads page by page, then hands the file to the browser's downloads. */
export async function exportDeliveries(query: DeliveryQuery): Promise<void> {
  const all: WireDelivery[] = [];
  for (let after = 0; all.length < exportLimit;) {
    const page = await readDeliveries(query, after);
    const last = page.at(-1);
    if (last === undefined) break;
    all.push(...page);
    after = last.id;
  }
  const url = URL.createObjectURL(
    new Blob([JSON.stringify(all, undefined, 2)], { type: 'application/json' }),
  );
  const link = document.createElement('a');
  link.href = url;
  link.download = `hutong-${query.states[0] ?? 'deliveries'}-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  URL.revokeObjectURL(url);
}
