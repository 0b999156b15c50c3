/** An address in two: the path, and the query with its `?`, '' where there is none. */
export function splitQuery(url: string): { path: string; query: string } {
  const at = url.indexOf('?')
  return at < 0 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at) }
}

/** An address up to its query or fragment. */
export function withoutQuery(url: string): string {
  const end = url.search(/[?#]/u)
  return end < 0 ? url : url.slice(0, end)
}
