/** The configuration in JSON: what is written, what a change would do, what it did. Secrets go in and never come out. */
import { z } from 'zod';
import { configurationChange } from '../../../hub/configuration.ts';

const written = z.record(z.string(), z.unknown());

const configurationProblemSchema = z
  .object({
    message: z.string().describe('What is wrong, what was expected.'),
    path: z.string().describe('The setting: `links[0].rooms[1]`; empty for the file as a whole.'),
    line: z.int().exactOptional(),
    column: z.int().exactOptional(),
  })
  .meta({ id: 'ConfigurationProblem' });

const differenceSchema = z
  .object({
    text: z.string(),
    needsRestart: z.boolean().describe('It does nothing until hutong is started again.'),
  })
  .meta({ id: 'ConfigurationDifference' });

export const configurationSchema = z
  .object({
    version: z.string().describe('Changes with every edit of the file.'),
    file: z.string(),
    exists: z
      .boolean()
      .describe('False: the built-in configuration runs, and the first change makes the file.'),
    text: z.string().exactOptional().describe('Missing when the file is no YAML. Secrets are `(not shown)`.'),
    accounts: z.record(z.string(), written),
    links: z.array(written),
    settings: written,
    problems: z.array(configurationProblemSchema),
  })
  .meta({ id: 'Configuration' });

export const proposalSchema = z
  .object({
    version: z.string(),
    difference: z.array(differenceSchema),
    problems: z.array(configurationProblemSchema),
  })
  .meta({ id: 'ConfigurationProposal', description: 'What a change would do; nothing has been done.' });

export const changeSchema = configurationChange;

export const applySchema = z
  .object({
    version: z.string().describe('Of the file that the change was made for.'),
    change: configurationChange,
  })
  .meta({ id: 'ConfigurationApply' });

export const appliedSchema = z
  .object({ version: z.string(), difference: z.array(differenceSchema) })
  .meta({ id: 'ConfigurationApplied' });

const jsonSchema = z.record(z.string(), z.unknown()).describe('JSON Schema, draft 2020-12.');

export const formsSchema = z
  .object({
    networks: z.record(z.string(), jsonSchema),
    faces: z.record(z.string(), jsonSchema),
    link: jsonSchema,
    http: jsonSchema,
    journal: jsonSchema,
    media: jsonSchema,
  })
  .meta({ id: 'ConfigurationForms', description: 'What forms are made from.' });

export type WireConfiguration = z.infer<typeof configurationSchema>;
export type WireProposal = z.infer<typeof proposalSchema>;
export type WireApplied = z.infer<typeof appliedSchema>;
export type WireChange = z.infer<typeof changeSchema>;
export type WireForms = z.infer<typeof formsSchema>;
