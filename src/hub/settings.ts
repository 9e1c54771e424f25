/**
 * How a network's or face's schema says more of a setting than its type, so that the configuration can treat it
 * rightly: a file's name is relative to hutong.yaml, a secret is never shown.
 */
import { z } from 'zod';

/** What `meta` of a setting's schema can hold. */
export interface SettingMeta {
  setting?: 'file' | 'secret';
}

/** The name of a file. The schema sees it absolute: a relative one counts from the configuration's folder. */
export function fileSetting() {
  return z
    .string()
    .min(1)
    .meta({ setting: 'file' } satisfies SettingMeta);
}

/** A password, token or key: shown neither in errors nor in differences. */
export function secretSetting() {
  return z
    .string()
    .min(1)
    .meta({ setting: 'secret' } satisfies SettingMeta);
}
