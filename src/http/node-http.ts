/**
 * What this program needs of `node:http` as values. An `import` of that module looks at every one of its exports, among
 * them the getter of `WebSocket`, which loads the whole of `fetch`: 15 MiB that a hub has no use for.
 */
export const { createServer, ServerResponse, STATUS_CODES } = process.getBuiltinModule('node:http');

export type ServerResponse = InstanceType<typeof ServerResponse>;
