// Runs a worker inside a program of your own, until Ctrl-C. Ferry installs no signal handlers here: the program decides.
import { isFerryError, loadConfig, locateTemporal, runWorker } from '@ferry-transfers/ferry/worker';

async function main(): Promise<void> {
  const temporal = await locateTemporal();
  const worker = await runWorker({ temporal, config: loadConfig({ temporal }) });
  console.log(`polling as host ${temporal.hostId}`);
  process.once('SIGINT', () => worker.shutdown());
  process.once('SIGTERM', () => worker.shutdown());
  await worker.done;
}

main().catch((error: unknown) => {
  console.error(isFerryError(error) ? `${error.message} (${error.code})` : error);
  process.exitCode = 1;
});
