/** The schemas of the settings as JSON Schema, from which a console makes its forms. */
import { z, type ZodType } from 'zod';
import type { ConfigurationForms, JsonSchema } from '../hub/configuration.ts';
import type { FaceKind } from '../hub/face.ts';
import type { NetworkKind } from '../hub/network.ts';
import { accountSchema, fileSchema, linkSchema } from './schema.ts';

/** What may be written, by people, into each part of hutong.yaml. */
export function toForms(
  kinds: readonly NetworkKind<unknown>[],
  faces: readonly FaceKind<unknown>[],
): ConfigurationForms {
  const common = toSchema(accountSchema)['properties'] as Readonly<Record<string, unknown>>;
  const network = (kind: NetworkKind<unknown>): JsonSchema => {
    const own = toSchema(kind.config);
    const required = Array.isArray(own['required']) ? (own['required'] as unknown[]) : [];
    return {
      ...own,
      properties: {
        ...common,
        network: { const: kind.kind },
        ...asMapping(own['properties']),
      },
      required: ['network', ...required],
    };
  };
  return {
    networks: Object.fromEntries(kinds.map((kind) => [kind.kind, network(kind)])),
    faces: Object.fromEntries(faces.map((face) => [face.kind, toSchema(face.config)])),
    link: toSchema(linkSchema),
    http: toSchema(fileSchema.shape.http),
    journal: toSchema(fileSchema.shape.journal),
    media: toSchema(fileSchema.shape.media),
  };
}

/** The schema of what is written; what it is turned into is nobody else's business. */
function toSchema(schema: ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override({ jsonSchema }) {
      const { setting } = jsonSchema;
      delete jsonSchema['setting'];
      if (setting === 'secret') jsonSchema.writeOnly = true;
      if (setting === 'file') jsonSchema.format = 'file';
    },
  });
}

function asMapping(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' ? { ...value } : {};
}
