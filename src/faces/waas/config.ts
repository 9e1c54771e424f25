/** What `faces: { waas: … }` may say; docs/waas.md explains it to those who used the old service. */
import { z } from 'zod';

export const waasConfig = z.strictObject({
  account: z.string().min(1).optional(),
  anonymous: z.boolean().default(false),
});

export type WaasConfig = z.output<typeof waasConfig>;
