/**
 * What a form is made from: the JSON Schema that the hub's own check was made from, so far as a form can show it. What
 * it cannot show is edited as JSON, never left out.
 */

/** The keywords of JSON Schema (draft 2020-12) that forms know. */
export interface Schema {
  type?: string | readonly string[];
  title?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: readonly unknown[];
  format?: string;
  writeOnly?: boolean;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  examples?: readonly unknown[];
}

/** How one setting is shown. */
export type Control =
  | { kind: 'text'; secret: boolean; file: boolean }
  | { kind: 'number'; integer: boolean }
  | { kind: 'flag' }
  | { kind: 'choice'; choices: readonly (string | number)[] }
  | { kind: 'lines' }
  /** Any of a few. */
  | { kind: 'some'; choices: readonly (string | number)[] }
  | { kind: 'group'; schema: Schema }
  /** As many as one wants of the same settings. */
  | { kind: 'groups'; schema: Schema }
  | { kind: 'variants'; variants: readonly Schema[] }
  | { kind: 'json' };

/** The control that shows a setting without losing anything of it. */
export function toControl(schema: Schema): Control {
  const choices = toChoices(schema);
  if (choices !== undefined) return { kind: 'choice', choices };
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants !== undefined) return toVariantControl(schema, variants);
  switch (schema.type) {
    case 'string':
      return { kind: 'text', secret: schema.writeOnly === true, file: schema.format === 'file' };
    case 'number':
    case 'integer':
      return { kind: 'number', integer: schema.type === 'integer' };
    case 'boolean':
      return { kind: 'flag' };
    case 'array':
      return toListControl(schema.items);
    case 'object':
      return schema.properties === undefined ? { kind: 'json' } : { kind: 'group', schema };
    default:
      return { kind: 'json' };
  }
}

function toListControl(items: Schema | undefined): Control {
  const item = items === undefined ? undefined : toControl(items);
  switch (item?.kind) {
    case 'text':
      return { kind: 'lines' };
    case 'choice':
      return { kind: 'some', choices: item.choices };
    case 'group':
      return { kind: 'groups', schema: item.schema };
    default:
      return { kind: 'json' };
  }
}

/** One text or a list of texts is a list; texts of several forms are a text; with an object among them one chooses. */
function toVariantControl(schema: Schema, variants: readonly Schema[]): Control {
  const controls = variants.map((variant) => toControl(variant));
  const [first] = controls;
  if (first === undefined) return { kind: 'json' };
  if (controls.length === 1) return first;
  const kinds = new Set(controls.map((control) => control.kind));
  if (kinds.size === 1 && kinds.has('text')) {
    const isSecret =
      schema.writeOnly === true || controls.some((control) => control.kind === 'text' && control.secret);
    return { kind: 'text', secret: isSecret, file: false };
  }
  if (kinds.has('lines') && [...kinds].every((kind) => kind === 'text' || kind === 'lines')) {
    return { kind: 'lines' };
  }
  return kinds.has('group') ? { kind: 'variants', variants } : { kind: 'json' };
}

function toChoices(schema: Schema): (string | number)[] | undefined {
  const single = schema.const === undefined ? undefined : [schema.const];
  const all =
    schema.enum ??
    single ??
    (schema.anyOf?.every((each) => each.const !== undefined) === true
      ? schema.anyOf.map((each) => each.const)
      : undefined);
  if (all === undefined || !all.every((each) => typeof each === 'string' || typeof each === 'number'))
    return undefined;
  return [...all];
}

/** `serverHost` as people read it: "server host". */
export function toLabel(name: string): string {
  return name.replace(
    /([a-z0-9])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
}

/** Which of several variants a value was written for; -1 for a value that is missing or fits none. */
export function findVariant(variants: readonly Schema[], value: unknown): number {
  if (value === undefined) return -1;
  if (Array.isArray(value)) return variants.findIndex((variant) => variant.type === 'array');
  if (typeof value !== 'object' || value === null) {
    return variants.findIndex((variant) => variant.const === value || variant.type === typeof value);
  }
  const written = value as Readonly<Record<string, unknown>>;
  const groups = variants.map((variant) => Object.entries(variant.properties ?? {}));
  const byConstant = groups.findIndex((properties) => {
    const constants = properties.filter(([, each]) => each.const !== undefined);
    return constants.length > 0 && constants.every(([key, each]) => written[key] === each.const);
  });
  if (byConstant !== -1) return byConstant;
  const isObject = (variant: Schema) => variant.properties !== undefined;
  const byKeys = variants.findIndex(
    (variant) =>
      isObject(variant) && Object.keys(written).every((key) => variant.properties?.[key] !== undefined),
  );
  return byKeys === -1 ? variants.findIndex(isObject) : byKeys;
}
