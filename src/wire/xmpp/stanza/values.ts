// Stanzas as plain values and back: for logs, comparison, and filling many properties at once.
import { XmppError } from '../errors.ts';
import { Jid } from '../jid.ts';
import { toTag } from './definition.ts';
import type { Stanza } from './stanza.ts';

/** Properties by name, `lang`, plugins as nested values, and `substanzas`, each with its `tag`. */
export type StanzaValues = { readonly [name: string]: unknown };

/** What {@link Stanza.toValues} gives. */
export function toStanzaValues(stanza: Stanza): StanzaValues {
  const { fields, registry } = stanza.definition;
  const values: Record<string, unknown> = {};
  if (stanza.attr('xml:lang') !== undefined) values['lang'] = stanza.lang;
  const properties = stanza as unknown as Readonly<Record<string, unknown>>;
  for (const [name, field] of Object.entries(fields)) {
    if (field.kind === 'sub' || field.derived === true) continue;
    const value = properties[name];
    if (value === undefined) continue;
    values[name] = value instanceof Jid ? value.toString() : value;
    if (field.languages)
      values[`${name}|*`] = Object.fromEntries(stanza.getTexts(name as keyof Stanza & string));
  }
  for (const [name, { definition, iterable }] of registry.byName) {
    const found = iterable ? undefined : stanza.findSub(definition);
    if (found !== undefined) values[name] = found.toValues();
  }
  const items = stanza.substanzas.map((item) => ({ tag: toTag(item.definition), ...item.toValues() }));
  if (items.length > 0) values['substanzas'] = items;
  return values;
}

/** What {@link Stanza.assign} does. */
export function assignValues(stanza: Stanza, values: StanzaValues): void {
  const { fields, registry } = stanza.definition;
  const properties = stanza as unknown as Record<string, unknown>;
  for (const [key, value] of Object.entries(values)) {
    const [name = '', lang] = key.split('|', 2);
    const registration = registry.byName.get(name);
    if (key === 'lang') {
      stanza.lang = (value ?? undefined) as string | undefined;
    } else if (key === 'substanzas') {
      assignSubstanzas(stanza, value as readonly StanzaValues[]);
    } else if (lang === '*') {
      stanza.setTexts(name as keyof Stanza & string, (value ?? {}) as Record<string, string>);
    } else if (lang !== undefined) {
      stanza.setText(name as keyof Stanza & string, lang, value as string | null | undefined);
    } else if (isPlain(value) && registration !== undefined) {
      assignValues(stanza.sub(registration.definition), value);
    } else if (name in fields || registration !== undefined) {
      properties[name] = value;
    } else if (!(name in properties)) {
      throw new XmppError('xmpp-value-invalid', `<${stanza.definition.name}/> has no property "${name}"`);
    } else {
      properties[name] = value;
    }
  }
}

function assignSubstanzas(stanza: Stanza, items: readonly StanzaValues[]): void {
  for (const item of stanza.substanzas) stanza.removeSub(item.definition);
  for (const { tag, ...values } of items) {
    const registration = stanza.definition.registry.byTag.get(String(tag));
    if (registration === undefined) {
      throw new XmppError('xmpp-value-invalid', `<${stanza.definition.name}/> has no items ${String(tag)}`);
    }
    const made = registration.definition.create();
    assignValues(made, values);
    stanza.append(made);
  }
}

function isPlain(value: unknown): value is StanzaValues {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
