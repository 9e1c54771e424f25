import { z } from 'zod';

/** A setting that is a text which `parse` turns into something; its error's message is what the file's owner reads. */
export function parsedText<T>(parse: (text: string) => T) {
  return z.string().transform((text, context): T => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : String(error));
      return z.NEVER;
    }
  });
}
