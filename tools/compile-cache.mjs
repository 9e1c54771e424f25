// Keeps what Node makes of the sources, for this process and its threads. `npm start` loads it before src/main.ts, so
// that no source at all has to be compiled by a hub that starts: the TypeScript compiler in Node would hold 10 to 20 MiB in
// each thread that uses it. The tests load it too: each file is a process, and many start others.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const cacheFolder = fileURLToPath(new URL('../.cache/compiled', import.meta.url));

enableCompileCache(cacheFolder);
process.env.NODE_COMPILE_CACHE ??= cacheFolder;
