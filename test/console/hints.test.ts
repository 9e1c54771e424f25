// What the schemas say of settings is known in Chinese, too.
import assert from 'node:assert/strict';
import test from 'node:test';
import { settingHintsZh } from '../../console/src/i18n/setting-hints-zh.ts';
import { toForms } from '../../src/config/forms.ts';
import { oneBotFaceConfig } from '../../src/faces/onebot/config.ts';
import { satoriFaceConfig } from '../../src/faces/satori/config.ts';
import { waasConfig } from '../../src/faces/waas/config.ts';
import type { NetworkKind } from '../../src/hub/network.ts';
import { houseConfig } from '../../src/networks/house/config.ts';
import { ilinkConfig } from '../../src/networks/ilink/config.ts';
import { oneBotConfig } from '../../src/networks/onebot/config.ts';
import { satoriConfig } from '../../src/networks/satori/config.ts';
import { xmppConfig } from '../../src/networks/xmpp/config.ts';

const open: NetworkKind<unknown>['open'] = () => ({ async run() {} });

test('every hint of a setting has its Chinese, and no Chinese is of a hint that is gone', () => {
  const networks = [houseConfig, xmppConfig, oneBotConfig, satoriConfig, ilinkConfig].map(
    (config, index): NetworkKind<unknown> => ({ kind: `n${index}`, config, open }),
  );
  const faces = [waasConfig, oneBotFaceConfig, satoriFaceConfig].map((config, index) => ({
    kind: `f${index}`,
    config,
  }));
  const hints = new Set<string>();
  JSON.stringify(toForms(networks, faces), (key, value: unknown) => {
    if (key === 'description' && typeof value === 'string') hints.add(value);
    return value;
  });
  assert.deepEqual(Object.keys(settingHintsZh).toSorted(), [...hints].toSorted());
});
