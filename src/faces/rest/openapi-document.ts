/**
 * The description as programs should read it. What is made from the schemas describes each form twice, once as it comes in
 * and once as it goes out, and calls every answer closed, though fields are added within `/v1`: generated clients
 * would refuse them.
 */
import { STATUS_CODES } from '../../http/node-http.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

export interface Description {
  [key: string]: unknown;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json> };
}

interface Operation {
  requestBody?: Json;
  responses: Record<string, { description: string; content?: JsonObject }>;
}

const refPrefix = '#/components/schemas/';
const incoming = 'Input';
/** What is spoken on WebSockets, which OpenAPI has no words for. */
const spoken = ['StreamFrame', 'ClientFrame'];

/** Opens answers, joins the two descriptions of a form where they say the same, leaves out what nothing refers to. */
export function toDocument(generated: object): Description {
  const document = JSON.parse(JSON.stringify(generated)) as Description;
  const { schemas } = document.components;
  for (const [name, schema] of Object.entries(schemas)) {
    if (!name.endsWith(incoming)) schemas[name] = toOpen(schema);
  }
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    describeAnswers(operation);
  }
  describeUpload(document);
  return withPlainNames(withoutUnused(joinTwins(document)));
}

/** An answer may have fields that are not described yet. */
function toOpen(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(toOpen);
  if (schema === null || typeof schema !== 'object') return schema;
  const kept = Object.entries(schema).filter(
    ([key, value]) => !(key === 'additionalProperties' && value === false),
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, toOpen(value)]));
}

function describeAnswers({ responses }: Operation): void {
  for (const [status, response] of Object.entries(responses)) {
    response.description = status === 'default' ? 'A problem' : (STATUS_CODES[status] ?? 'The answer');
    const json = response.content?.['application/json'];
    if (json === undefined) continue;
    response.content =
      status === 'default' ? { 'application/problem+json': json } : { 'application/json': toOpen(json) };
  }
}

/** A body that is no JSON has no schema to be made from. */
function describeUpload({ paths }: Description): void {
  const upload = paths['/v1/media']?.['post'];
  if (upload) upload.requestBody = { required: true, content: { 'application/octet-stream': {} } };
}

/** Where a form is the same both ways, one name stands for both. */
function joinTwins(document: Description): Description {
  const { schemas } = document.components;
  const twins = new Set(Object.keys(schemas).filter((name) => schemas[name + incoming] !== undefined));
  const toText = (value: unknown) => withRefs(JSON.stringify(value), (name) => toJoined(name, twins));
  // Two are the same only if all that they refer to are: each round takes out those that turned out not to be.
  for (let before = -1; before !== twins.size;) {
    before = twins.size;
    for (const name of twins) {
      if (toText(schemas[name]) !== toText(schemas[name + incoming])) twins.delete(name);
    }
  }
  const joined = JSON.parse(toText(document)) as Description;
  for (const name of twins) delete joined.components.schemas[name + incoming];
  return joined;
}

function toJoined(name: string, twins: ReadonlySet<string>): string {
  const plain = name.endsWith(incoming) ? name.slice(0, -incoming.length) : name;
  return twins.has(plain) ? plain : name;
}

function withoutUnused(document: Description): Description {
  const { schemas } = document.components;
  const used = new Set<string>();
  const waiting = [...refsOf(document.paths), ...spoken];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (used.has(name)) continue;
    used.add(name);
    waiting.push(...refsOf(schemas[name]));
  }
  for (const name of Object.keys(schemas)) if (!used.has(name)) delete schemas[name];
  return document;
}

/** What is only ever sent to us needs nothing in its name to say so. */
function withPlainNames(document: Description): Description {
  const { schemas } = document.components;
  const alone = new Set(
    Object.keys(schemas).flatMap((name) => {
      const plain = name.slice(0, -incoming.length);
      return name.endsWith(incoming) && schemas[plain] === undefined ? plain : [];
    }),
  );
  const text = withRefs(JSON.stringify(document), (name) => toJoined(name, alone));
  const renamed = JSON.parse(text) as Description;
  renamed.components.schemas = Object.fromEntries(
    Object.entries(renamed.components.schemas).map(([name, schema]) => [toJoined(name, alone), schema]),
  );
  return renamed;
}

function refsOf(value: unknown): string[] {
  const names: string[] = [];
  withRefs(JSON.stringify(value) ?? '', (name) => {
    names.push(name);
    return name;
  });
  return names;
}

function withRefs(text: string, replace: (name: string) => string): string {
  return text.replaceAll(
    /"\$ref":"#\/components\/schemas\/([^"]+)"/g,
    (_, name: string) => `"$ref":"${refPrefix}${replace(name)}"`,
  );
}
