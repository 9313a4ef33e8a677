/** Lets everything run that is ready to run. */
export async function turn(): Promise<void> {
  await new Promise(setImmediate);
}
