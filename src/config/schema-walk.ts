/**
 * Looks into a zod schema: which keys an object has, what a setting is for. With it unknown keys are refused and
 * suggestions made in the same way for every network, however its schema was written.
 */
import { resolve } from 'node:path';
import { z, type ZodType } from 'zod';
import type { SettingMeta } from '../hub/settings.ts';
import type { SettingPath } from './problems.ts';

/** The schemas that a value may have to meet here: more than one for a union. Optional, default and the like are opened. */
function alternatives(schema: unknown): ZodType[] {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodCatch
  ) {
    return alternatives(schema.unwrap());
  }
  if (schema instanceof z.ZodPipe) return alternatives(schema.in);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(alternatives);
  return schema instanceof z.ZodType ? [schema] : [];
}

/** The schemas of one key of an object, or of one item of a list. */
function children(schema: ZodType, step: string | number): ZodType[] {
  if (schema instanceof z.ZodObject && typeof step === 'string') {
    return Object.hasOwn(schema.shape, step) ? alternatives(schema.shape[step]) : [];
  }
  if (schema instanceof z.ZodRecord) return alternatives(schema.valueType);
  if (schema instanceof z.ZodArray) return alternatives(schema.element);
  if (schema instanceof z.ZodTuple && typeof step === 'number') return alternatives(schema.def.items[step]);
  return [];
}

/** The schemas of the setting at a path. */
export function schemasAt(schema: ZodType, path: SettingPath): ZodType[] {
  return path.reduce<ZodType[]>(
    (here, step) => here.flatMap((each) => children(each, step)),
    alternatives(schema),
  );
}

/** The keys that an object at this path may have. */
export function knownKeys(schema: ZodType, path: SettingPath): string[] {
  return schemasAt(schema, path).flatMap((each) =>
    each instanceof z.ZodObject ? Object.keys(each.shape) : [],
  );
}

/** Whether the setting at this path was declared as a file's name or a secret. */
export function settingMeta(schema: ZodType, path: SettingPath): SettingMeta['setting'] {
  for (const each of schemasAt(schema, path)) {
    const setting = each.meta()?.['setting'];
    if (setting === 'file' || setting === 'secret') return setting;
  }
  return undefined;
}

/** The same value with its files' names absolute. `seen` is called with the path of each secret. */
export function withAbsoluteFiles(
  schema: ZodType,
  value: unknown,
  folder: string,
  seen: (secret: SettingPath) => void = () => {},
): unknown {
  return walk(value, []);

  function walk(here: unknown, path: SettingPath): unknown {
    if (Array.isArray(here)) return here.map((item, index) => walk(item, [...path, index]));
    if (here !== null && typeof here === 'object') {
      return Object.fromEntries(Object.entries(here).map(([key, item]) => [key, walk(item, [...path, key])]));
    }
    if (typeof here !== 'string') return here;
    const meta = settingMeta(schema, path);
    if (meta === 'secret') seen(path);
    return meta === 'file' && here !== '' ? resolve(folder, here) : here;
  }
}

/** The paths of keys in `value` that no schema there knows. A schema that takes any key knows all. */
export function unknownKeys(schema: ZodType, value: unknown): SettingPath[] {
  return findUnknown(alternatives(schema), value, []);
}

function findUnknown(schemas: readonly ZodType[], value: unknown, path: SettingPath): SettingPath[] {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => {
      const next = schemas.flatMap((each) => children(each, index));
      return findUnknown(next, item, [...path, index]);
    });
  }
  if (!schemas.some((each) => each instanceof z.ZodObject || each instanceof z.ZodRecord)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const next = schemas.flatMap((each) => children(each, key));
    if (next.length === 0 && !schemas.some(takesAnyKey)) return [[...path, key]];
    return findUnknown(next, item, [...path, key]);
  });
}

function takesAnyKey(schema: ZodType): boolean {
  if (schema instanceof z.ZodRecord) return true;
  const catchall = schema instanceof z.ZodObject ? schema.def.catchall : undefined;
  return catchall !== undefined && !(catchall instanceof z.ZodNever);
}
