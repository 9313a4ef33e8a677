/**
 * The name of the workflow, signal or update that an input was made for. The name is sealed inside the input, so a copy
 * of the input is refused for every other name.
 */
export type Addressed<Input extends object> = Input & { readonly for: string };

export function addressed<Input extends object>(to: string, input: Input): Addressed<Input> {
  return { ...input, for: to };
}

export function isAddressedTo(to: string, input: unknown): boolean {
  return typeof input === 'object' && input !== null && (input as { readonly for?: unknown }).for === to;
}
