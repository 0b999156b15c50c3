/** Values that a text about a problem may mention. Never a secret: they reach statuses, logs and Catch nodes. */
export type ProblemValues = Readonly<Record<string, string | number>>

/**
 * Something that the user can put right: a field to fill, a sign-in to repeat, a permission to grant.
 *
 * The core speaks in codes; the adapters turn code and values into the user's language (`problems.<code>`
 * in graph-connection's locale catalogue). What a foreign error holds is copied field by field, never
 * attached as `cause`: its configuration carries tokens, and Catch nodes hand `cause` on.
 */
export class Problem extends Error {
  override readonly name: string = 'Problem'
  readonly code: string
  readonly values: ProblemValues
  /** What was asked for may or may not have been done: a flow must look, because repeating it might do it twice. */
  outcomeUnknown = false

  constructor(code: string, values: ProblemValues = {}) {
    super(
      `${code}${Object.entries(values)
        .map(([name, value]) => ` ${name}=${value}`)
        .join('')}`,
    )
    this.code = code
    this.values = values
  }
}
