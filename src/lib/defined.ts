type OptionalKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];

/** The fields of `T`; those that may be undefined are optional instead. */
export type Defined<T> = Omit<T, OptionalKeys<T>> & { [K in OptionalKeys<T>]?: Exclude<T[K], undefined> };

/**
 * The object without its undefined fields. Use it for optional fields, which may be absent but not undefined
 * (`exactOptionalPropertyTypes`).
 *
 * @example call({ url, ...defined({ signal, body }) })
 */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
