import { isGraphHost } from '../oauth2/clouds.js'

/** Graph's own rules apply on its hosts, and on what is served under Graph's version names. */
export function isGraphService(serviceUrl: string): boolean {
  return isGraphHost(new URL(serviceUrl).host) || /\/(?:v1\.0|beta)$/u.test(serviceUrl)
}
