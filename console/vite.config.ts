/**
 * Builds the console into `console/dist`: files only, nothing inline, so that the strictest Content-Security-Policy
 * holds. `tools/setup.mjs` runs it when the sources are newer.
 */
import { defineConfig } from 'vite';

// Vite takes its settings from a default export.
// oxlint-disable-next-line import/no-default-export
export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 200,
  },
  server: {
    // While one works on the console: `HUB=http://127.0.0.1:3010 npx vite console`.
    proxy: Object.fromEntries(
      ['/v1', '/api', '/in', '/media', '/docs', '/openapi.json'].map((path) => [
        path,
        { target: process.env['HUB'] ?? 'http://127.0.0.1:3010', ws: true },
      ]),
    ),
  },
});
