/**
 * The whole address of a `Location`, undefined where it is none. Relative ones count from the service's address: Teams
 * sends `/teams('...')/operations('...')`, without the version that every address of Graph begins with.
 */
export function resolveLocation(location: string | undefined, serviceUrl: string): string | undefined {
  if (location === undefined || location === '') return undefined
  const base = serviceUrl.replace(/\/+$/u, '')
  const { origin, pathname } = new URL(base)
  if (/^(?:https?:)?\/\//iu.test(location)) {
    return URL.canParse(location, base) ? new URL(location, base).href : undefined
  }
  const root = location.startsWith(`${pathname}/`) ? origin : base
  const whole = location.startsWith('/') ? root + location : `${base}/${location}`
  return URL.canParse(whole) ? whole : undefined
}

/** The same as long as it may be shown: addresses on other hosts carry their own permission with them. */
export function shownLocation(location: string | undefined, serviceUrl: string): string | undefined {
  const whole = resolveLocation(location, serviceUrl)
  return whole !== undefined && new URL(whole).origin === new URL(serviceUrl).origin ? whole : undefined
}
