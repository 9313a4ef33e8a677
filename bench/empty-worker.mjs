// A worker of its own process for the yardstick, so that its CPU time can be told apart.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { DefaultLogger, NativeConnection, Runtime, Worker } = require('@temporalio/worker');

Runtime.install({ logger: new DefaultLogger('WARN', () => undefined) });
const [address, namespace] = process.argv.slice(2);
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: 'bench-empty',
  workflowsPath: join(dirname(fileURLToPath(import.meta.url)), 'empty-steps.cjs'),
  activities: { nothing: async () => undefined },
  maxConcurrentActivityTaskExecutions: 60,
});
process.once('disconnect', () => worker.shutdown());
const run = worker.run();
process.send({ type: 'ready' });
await run;
await connection.close();
