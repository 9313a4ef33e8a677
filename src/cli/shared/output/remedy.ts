/**
 * A remedy with the id of its transfer in place of `ID`.
 *
 * @param transferId undefined when the command was refused before a transfer began: then there is no id to retry
 */
export function remedyFor(remedy: string, transferId: string | undefined): string {
  if (transferId === undefined) return remedy.replaceAll('then ferry retry ID', 'then repeat the command');
  return remedy.replaceAll(/\b(ferry (?:retry|cancel|status)) ID\b/g, `$1 ${transferId}`);
}
