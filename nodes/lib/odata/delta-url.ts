/** Where a first round of changes begins: with everything there is, or with what changes from now on. */
export type DeltaStart = 'all' | 'now'

/**
 * The first URL of a round: `/delta` behind the resource, unless the address has it already. From now on is
 * `$deltatoken=latest` for directory and Outlook resources, `token=latest` for drives (Graph, "Use delta query",
 * "driveItem: delta").
 */
export function deltaUrl(url: string, start: DeltaStart): string {
  const at = url.indexOf('?')
  const path = at < 0 ? url : url.slice(0, at)
  const query = at < 0 ? '' : url.slice(at + 1)
  const delta = isDelta(path) ? path : `${path.replace(/\/+$/u, '')}/delta`
  const options = query === '' ? [] : [query]
  if (
    start === 'now' &&
    !/(?:^|&)(?:\$deltatoken|%24deltatoken|token)=|\(token=/iu.test(`${query} ${path}`)
  ) {
    options.push(isDrive(path) ? 'token=latest' : '$deltatoken=latest')
  }
  return options.length === 0 ? delta : `${delta}?${options.join('&')}`
}

function isDelta(path: string): boolean {
  return /\/(?:microsoft\.graph\.)?delta(?:\([^/]*\))?$/iu.test(path)
}

function isDrive(path: string): boolean {
  return /\/(?:drive|drives\/[^/]+)\/(?:root|items\/[^/]+)(?::[^?]*:)?(?:\/|$)/iu.test(path)
}
