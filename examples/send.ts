// Sends one file and prints its receipt: npx tsx examples/send.ts plan.jpg (or compile it first).
// It finds Temporal as the command line does: FERRY_STATE, TEMPORAL_*, a running `ferry up`, or Temporal's profile.
import { connectFerry, isFerryError, locateTemporal } from '@ferry-transfers/ferry';

async function main(file: string): Promise<void> {
  const ferry = await connectFerry(await locateTemporal());
  try {
    const { transferId } = await ferry.start({ file, account: 'sandbox', consumer: 'example' });
    const { receipt, error } = await ferry.result(transferId);
    console.log(JSON.stringify(receipt ?? error));
    process.exitCode = error === null ? 0 : 3;
  } finally {
    await ferry.close();
  }
}

main(process.argv[2] ?? 'plan.jpg').catch((error: unknown) => {
  console.error(isFerryError(error) ? `${error.message} (${error.code})` : error);
  process.exitCode = 1;
});
