// What the schemas say of settings is known in Chinese, too, and what settings are called.
import assert from 'node:assert/strict';
import test from 'node:test';
import { settingHintsZh } from '../../console/src/i18n/setting-hints-zh.ts';
import { settingNamesZh } from '../../console/src/i18n/setting-names-zh.ts';
import { toForms } from '../../src/config/forms.ts';
import { oneBotFaceConfig } from '../../src/faces/onebot/config.ts';
import { satoriFaceConfig } from '../../src/faces/satori/config.ts';
import { waasConfig } from '../../src/faces/waas/config.ts';
import { wechatyFaceConfig } from '../../src/faces/wechaty/config.ts';
import type { NetworkKind } from '../../src/hub/network.ts';
import { houseConfig } from '../../src/networks/house/config.ts';
import { ilinkConfig } from '../../src/networks/ilink/config.ts';
import { oneBotConfig } from '../../src/networks/onebot/config.ts';
import { satoriConfig } from '../../src/networks/satori/config.ts';
import { wechatyConfig } from '../../src/networks/wechaty/config.ts';
import { xmppConfig } from '../../src/networks/xmpp/config.ts';

const open: NetworkKind<unknown>['open'] = () => ({ async run() {} });

/** What the console's forms are made from, with every network and face there is. */
function createForms(): unknown {
  const networks = [houseConfig, xmppConfig, oneBotConfig, satoriConfig, ilinkConfig, wechatyConfig].map(
    (config, index): NetworkKind<unknown> => ({ kind: `n${index}`, config, open }),
  );
  const faces = [waasConfig, oneBotFaceConfig, satoriFaceConfig, wechatyFaceConfig].map((config, index) => ({
    kind: `f${index}`,
    config,
  }));
  return toForms(networks, faces);
}

test('every hint of a setting has its Chinese, and no Chinese is of a hint that is gone', () => {
  const hints = new Set<string>();
  JSON.stringify(createForms(), (key, value: unknown) => {
    if (key === 'description' && typeof value === 'string') hints.add(value);
    return value;
  });
  assert.deepEqual(Object.keys(settingHintsZh).toSorted(), [...hints].toSorted());
});

test('every setting has a Chinese name, and no Chinese is of a setting that is gone', () => {
  const names = new Set<string>();
  JSON.stringify(createForms(), (key, value: unknown) => {
    if (key === 'properties' && typeof value === 'object' && value !== null)
      for (const name of Object.keys(value)) names.add(name);
    return value;
  });
  assert.deepEqual(Object.keys(settingNamesZh).toSorted(), [...names].toSorted());
});
