/**
 * Values as implementations send them: numbers as strings, strings as numbers, `null` for what is missing. What is
 * read is always of one form.
 */
import { z } from 'zod';

/** A QQ number, group number or message id: an integer that JSON keeps exactly. */
export const integer = z
  .union([z.number(), z.string().regex(/^-?\d{1,16}$/)])
  .transform(Number)
  .pipe(z.int());

/** Seconds, counts; missing where it is not told. */
export const optionalInteger = integer.nullish().transform((value) => value ?? undefined);

/** A text; empty where it is missing. */
export const words = z
  .union([z.string(), z.number(), z.boolean()])
  .nullish()
  .transform((value) => (value === undefined || value === null ? '' : String(value)));

/** A text or number as a text. */
export const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** `true`, `1`, `"1"`, `"yes"`; false where it is missing. */
export const flag = z
  .union([z.boolean(), z.number(), z.string()])
  .nullish()
  .transform((value) => value === true || value === 1 || /^(1|true|yes)$/i.test(String(value)));
