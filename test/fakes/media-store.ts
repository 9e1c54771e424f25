/** A media store on a temporary folder; it goes with its folder when it is disposed of. */
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../src/hub/clock.ts';
import type { MediaStoreOptions } from '../../src/media/settings.ts';
import { FolderMediaStore } from '../../src/media/store.ts';
import { AddressGuard } from '../../src/wire/http/address-guard.ts';

export const megabyte = 1024 * 1024;

export interface TemporaryMediaStore extends AsyncDisposable {
  store: FolderMediaStore;
}

export async function createMediaStore(
  options: Partial<MediaStoreOptions> = {},
): Promise<TemporaryMediaStore> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'hutong-media-'));
  const store = await FolderMediaStore.open({
    folder: folder.path,
    settings: { fileLimitBytes: 10 * megabyte, totalLimitBytes: 100 * megabyte },
    clock: createSystemClock(),
    log: { debug() {}, info() {}, warn() {}, error() {} },
    baseUrl: () => 'https://hub.example',
    guard: new AddressGuard({ allow: ['127.0.0.1'] }),
    ...options,
  });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await folder.remove();
    },
  };
}
