/**
 * A row without `@odata...` annotations, its own and those of its properties (`children@odata.count`), at
 * every depth. `@removed` says what happened to a row and `@microsoft.graph...` is data: both stay.
 */
export function stripAnnotations(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripAnnotations)
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value
  const kept = Object.entries(value).filter(([name]) => !/@odata\./u.test(name))
  return Object.fromEntries(kept.map(([name, inner]) => [name, stripAnnotations(inner)]))
}
