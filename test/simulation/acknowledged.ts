/** Rule 1: what was acknowledged is in the journal. Asked in the end, and after each crash before anything is told again. */
import type { Journal } from '../../src/hub/journal.ts';
import { toRoomRef } from '../../src/hub/message.ts';
import type { FakeServer } from './fake-network.ts';

/** Each violation is a sentence. */
export async function acknowledgedIsDurable(
  servers: readonly FakeServer[],
  journal: Journal,
): Promise<string[]> {
  const kept = servers.flatMap((server) =>
    server.acknowledged.map(async ({ room, native }) => {
      const said = server.rooms.get(room)!.find((candidate) => candidate.native === native);
      if (!said || said.token !== undefined || said.renamed !== undefined) return [];
      if (await journal.original(toRoomRef(server.name, room), native)) return [];
      return [`durable first: ${server.name}/${room} ${native} was acknowledged and is not in the journal`];
    }),
  );
  return (await Promise.all(kept)).flat();
}
