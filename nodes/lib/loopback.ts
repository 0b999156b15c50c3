const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/u

/** Whether an address is this machine's own, so that nothing travels (RFC 8252, 8.3). */
export function isLoopback(url: string | URL): boolean {
  return LOOPBACK.test((typeof url === 'string' ? new URL(url) : url).hostname)
}
