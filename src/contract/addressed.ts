/**
 * What an input was made for: the workflow, signal or update of this name. It travels inside the input, and so is sealed
 * with it: an input that was recorded at one place is refused at every other.
 */
export type Addressed<Input extends object> = Input & { readonly for: string };

export function addressed<Input extends object>(to: string, input: Input): Addressed<Input> {
  return { ...input, for: to };
}

export function isAddressedTo(to: string, input: unknown): boolean {
  return typeof input === 'object' && input !== null && (input as { readonly for?: unknown }).for === to;
}
