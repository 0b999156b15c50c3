import { randomUUID } from 'node:crypto'

/**
 * The headers of one request: ours, then the user's on top. Preferences of both are joined into one header
 * (RFC 7240, 2). `client-request-id` finds the request in the service's logs (Graph, "Best practices").
 */
export function requestHeaders(
  user: ReadonlyMap<string, string>,
  preferences: readonly string[],
): Map<string, string> {
  const headers = new Map([
    ['accept', 'application/json'],
    ['user-agent', USER_AGENT],
    ['client-request-id', randomUUID()],
    ...user,
  ])
  const prefer = [...preferences, ...(user.has('prefer') ? [user.get('prefer') ?? ''] : [])]
  if (prefer.length > 0) headers.set('prefer', prefer.join(', '))
  return headers
}

// SharePoint asks that traffic names its maker ("Avoid getting throttled or blocked in SharePoint Online").
const USER_AGENT = 'NONISV|Node-RED|graph-odata/0.1'
