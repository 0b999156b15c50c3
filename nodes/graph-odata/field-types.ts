/** A value of the dialog with the type that its typed input had. */
export interface TypedField {
  readonly value: string
  readonly type: string
}

/** A row of `params` or `headers`. */
export interface NamedField extends TypedField {
  readonly name: string
}

export interface FieldEvaluator {
  /**
   * Undefined where the field is blank. A field that is filled but gives nothing is an error that names it,
   * because leaving it out would ask for more than was meant: all users instead of one.
   */
  evaluate(field: string, input: TypedField): Promise<unknown>
}
