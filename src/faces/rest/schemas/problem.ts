/** Refusals and failures in JSON. @see RFC 9457 */
import { z } from 'zod';

export const problemSchema = z
  .object({
    type: z.string().describe('`urn:hutong:problem:` with the code.'),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('Stays the same from version to version; docs/errors.md explains each.'),
    detail: z.string().describe('What was wrong with this request, for people.'),
    errors: z
      .array(
        z.object({ path: z.string().describe('JSON pointer, or the parameter’s name.'), detail: z.string() }),
      )
      .exactOptional()
      .describe('Every mistake of the request.'),
  })
  .meta({ id: 'Problem' });

export type WireProblem = z.infer<typeof problemSchema>;
