/** How often a property is tried. For a long night: `FERRY_FUZZ_SCALE=100 npx jest fuzz --testTimeout=36000000`. */
export function runs(usual: number): number {
  return usual * Number(process.env['FERRY_FUZZ_SCALE'] ?? '1');
}
