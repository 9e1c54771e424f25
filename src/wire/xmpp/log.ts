// What the library has to tell whoever runs it. It writes nowhere by itself.

/** A level for the `log` of a session or a toolkit. `debug` may show addresses and stanza names; no level shows bodies or secrets. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Takes what the session has to tell; `event` is a short kebab-case name. */
export type LogFunction = (level: LogLevel, event: string, fields: Readonly<Record<string, unknown>>) => void;
