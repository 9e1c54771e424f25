/**
 * How answers become JSON: checked against the schema that describes them, without what it does not name. The schemas of
 * answers change nothing, so that reading by them is the same as writing; and that is what zod compiles.
 */
import type { FastifySerializerCompiler } from 'fastify/types/schema.js';
import { compile, safeParse, type ZodType } from 'zod';

/** Makes a route's serializer, compiled when the route is first asked for: many never are. Throws what is no such answer. */
export const compileSerializer: FastifySerializerCompiler<ZodType> = ({ schema }) => {
  let compiled: ZodType | undefined;
  return (answer) => {
    compiled ??= compile(schema);
    const { data, error } = safeParse(compiled, answer);
    if (error) throw error;
    return JSON.stringify(data);
  };
};
