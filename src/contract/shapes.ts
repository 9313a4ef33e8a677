type FieldKind = 'text' | 'number' | 'list' | 'object' | 'truth';

/** The required fields of a value and their kinds. Further fields are allowed. */
export type Shape = Readonly<Record<string, FieldKind | `${FieldKind} or null`>>;

/** The shapes of results, which workflows check before use; null: workflows do not use the result. */
export type Shapes<Activities> = Readonly<Record<keyof Activities, Shape | null>>;
