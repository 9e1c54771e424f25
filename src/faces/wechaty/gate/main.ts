/** The gate as a process of its own: `node main.ts SOCKET`. It loads little, since it is there beside every hub. */
import { flushCompileCache } from 'node:module';
import { Gate } from './gate.ts';

// The next gate, and this one after a crash, needs no compiler: that is 25 MiB less.
flushCompileCache();

// Who may open its socket owns its bots' calls.
process.umask(0o177);
for (const output of [process.stdout, process.stderr]) {
  output.on('error', () => {
    // The hub that read it has gone.
  });
}
const gate = await Gate.open(process.argv[2]!);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void gate.end());
process.stdout.write('open\n');
await gate.over;
process.exit();
