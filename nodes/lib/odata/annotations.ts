/**
 * A row without `@odata...` annotations, its own and those of its properties (`children@odata.count`), at
 * every depth. `@removed` says what happened to a row and `@microsoft.graph...` is data: both stay.
 */
export function stripAnnotations(value: unknown): unknown {
  return without(value, ODATA)
}

/** An item without the addresses that open its bytes to anybody: what tells of a request may not hold them. */
export function stripSignedLinks(value: unknown): unknown {
  return without(value, SIGNED_LINK)
}

const ODATA = /@odata\./u
const SIGNED_LINK = /^@(?:microsoft\.graph|content)\.downloadUrl$/u

function without(value: unknown, unwanted: RegExp): unknown {
  if (Array.isArray(value)) return value.map((each) => without(each, unwanted))
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value
  const kept = Object.entries(value).filter(([name]) => !unwanted.test(name))
  return Object.fromEntries(kept.map(([name, inner]) => [name, without(inner, unwanted)]))
}
