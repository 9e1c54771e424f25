// Data forms: questions with types, and their answers. Other extensions carry their settings in them, so reading one is
// lenient and filling one in is strict: what the form does not allow is refused before it is sent.
import { XmlElement, xml } from '../element.ts';
import { XmppError } from '../errors.ts';
import type { Jid } from '../jid.ts';
import { NS } from '../namespaces.ts';
import { oneOf, text } from '../stanza/codec.ts';
import { defineStanza } from '../stanza/define.ts';
import type { StanzaOf } from '../stanza/definition.ts';
import { attribute, children, computed, flag, subText } from '../stanza/field.ts';
import { Message } from '../stanza/message.ts';
import { definePlugin } from '../toolkit/plugin.ts';

const FIELD_TYPES = [
  'boolean',
  'fixed',
  'hidden',
  'jid-multi',
  'jid-single',
  'list-multi',
  'list-single',
  'text-multi',
  'text-private',
  'text-single',
] as const;

/** A choice of a list. */
export const FormOption = defineStanza({
  name: 'option',
  namespace: NS.dataForm,
  plugin: 'form_option',
  interfaces: { label: attribute(), value: subText(text, { keepEmpty: true }) },
});

/** A question, or an answer. @see XEP-0004 §3.2 */
export const FormField = defineStanza({
  name: 'field',
  namespace: NS.dataForm,
  plugin: 'form_field',
  interfaces: {
    var: attribute(),
    type: attribute(oneOf(...FIELD_TYPES)),
    label: attribute(),
    desc: subText(),
    required: flag(),
    /** Every <value/>, in order. */
    values: computed<readonly string[]>({
      get: (stanza) => stanza.nodes.filter(isValue).map((value) => value.text()),
      set: (stanza, values) =>
        stanza.editNodes((nodes) => [
          ...nodes.filter((node) => !isValue(node)),
          ...values.map((value) => xml('value', {}, value)),
        ]),
      remove: (stanza) => stanza.editNodes((nodes) => nodes.filter((node) => !isValue(node))),
    }),
    options: children(FormOption),
  },
});
export type FormField = StanzaOf<typeof FormField>;

/** One row of a result. @see XEP-0004 §3.4 */
export const FormItem = defineStanza({
  name: 'item',
  namespace: NS.dataForm,
  plugin: 'form_item',
  interfaces: { fields: children(FormField) },
});

/** The columns of a result. */
export const FormReported = defineStanza({
  name: 'reported',
  namespace: NS.dataForm,
  plugin: 'form_reported',
  interfaces: { fields: children(FormField) },
});

/** A form. @see XEP-0004 §3.1 */
export const DataForm = defineStanza({
  name: 'x',
  namespace: NS.dataForm,
  plugin: 'form',
  interfaces: {
    type: attribute(oneOf('form', 'submit', 'cancel', 'result')),
    title: subText(),
    instructions: subText(),
    fields: children(FormField),
    items: children(FormItem),
  },
});
export type DataForm = StanzaOf<typeof DataForm>;

/** What a field can be given. */
export type FormValue = string | number | boolean | Jid | readonly (string | Jid)[];

/** The values of a form by name; of fields with one name the first. Fields without a name are left out. */
export function readForm(form: DataForm): ReadonlyMap<string, readonly string[]> {
  return toMap(form.fields);
}

/** The rows of a result. */
export function readFormItems(form: DataForm): ReadonlyMap<string, readonly string[]>[] {
  return form.items.map((item) => toMap(item.fields));
}

/** The FORM_TYPE, which says what the names mean; undefined where there is none. @see XEP-0068 */
export function formTypeOf(form: DataForm): string | undefined {
  return form.fields.find((field) => field.var === 'FORM_TYPE')?.values[0];
}

/** A form to submit whose names are known: `toSubmission(MAM_NS, { with: 'ann@example.org' })`. */
export function toSubmission(
  formType: string | undefined,
  values: Readonly<Record<string, FormValue | undefined>>,
): DataForm {
  return toFilled('submit', formType, values);
}

/** A form to show as the result of something. */
export function toFormResult(
  formType: string | undefined,
  values: Readonly<Record<string, FormValue | undefined>>,
): DataForm {
  return toFilled('result', formType, values);
}

/**
 * The answer to a form: what is not given stays as the form proposes it.
 *
 * @throws XmppError `xmpp-value-invalid` for a name that the form does not have, a required field without a value, a
 *   choice that is not on the list, or several values where one is asked for
 */
export function fillForm(form: DataForm, values: Readonly<Record<string, FormValue | undefined>>): DataForm {
  const known = new Map(
    form.fields.flatMap((field) => (field.var === undefined ? [] : [[field.var, field]])),
  );
  for (const name of Object.keys(values)) {
    if (!known.has(name)) throw invalid(`the form has no field "${name}"`);
  }
  const answer = DataForm.create({ type: 'submit' });
  for (const [name, field] of known) {
    if (field.type === 'fixed') continue;
    const given = values[name];
    const filled = given === undefined ? field.values : toTexts(given);
    check(field, filled);
    if (filled.length > 0) answer.append(FormField.create({ var: name, type: field.type, values: filled }));
  }
  return answer;
}

function check(field: FormField, values: readonly string[]): void {
  const name = field.var ?? '';
  if (field.required && values.every((value) => value === '')) throw invalid(`"${name}" must be filled in`);
  const isMany =
    field.type?.endsWith('-multi') === true || field.type === 'hidden' || field.type === undefined;
  if (!isMany && values.length > 1) throw invalid(`"${name}" takes one value`);
  if (field.type !== 'list-single' && field.type !== 'list-multi') return;
  const choices = new Set(field.options.map((option) => option.value ?? ''));
  const foreign = values.find((value) => !choices.has(value));
  // A form that proposes nothing to choose from leaves the choice open.
  if (choices.size > 0 && foreign !== undefined) throw invalid(`"${foreign}" is no choice of "${name}"`);
}

function toFilled(
  type: 'submit' | 'result',
  formType: string | undefined,
  values: Readonly<Record<string, FormValue | undefined>>,
): DataForm {
  const form = DataForm.create({ type });
  if (formType !== undefined) {
    form.append(FormField.create({ var: 'FORM_TYPE', type: 'hidden', values: [formType] }));
  }
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) form.append(FormField.create({ var: name, values: toTexts(value) }));
  }
  return form;
}

function toTexts(value: FormValue): string[] {
  if (typeof value === 'boolean') return [value ? '1' : '0'];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

function toMap(fields: readonly FormField[]): Map<string, readonly string[]> {
  const values = new Map<string, readonly string[]>();
  for (const field of fields) {
    if (field.var !== undefined && !values.has(field.var)) values.set(field.var, field.values);
  }
  return values;
}

function isValue(node: unknown): node is XmlElement {
  return node instanceof XmlElement && node.is('value', NS.dataForm);
}

function invalid(why: string): XmppError {
  return new XmppError('xmpp-value-invalid', why);
}

/** Data forms in messages, and the feature. @see XEP-0004 */
export const Forms = definePlugin({
  name: 'xep_0004',
  description: 'Data forms',
  init({ registerStanza, addFeature }) {
    registerStanza(Message, DataForm);
    addFeature(NS.dataForm);
  },
});
