/** What is needed of `location`: how this browser reached the editor. */
export interface EditorAddress {
  readonly origin: string
  readonly pathname: string
}

/** The editor's address, always with a trailing slash. */
export function editorUrl(address: EditorAddress): string {
  const path = address.pathname.replace(/[^/]*$/u, '')
  return address.origin + (path === '' ? '/' : path)
}

/** The address to register with the sign-in service: Node-RED's own callback, or the one that overrides it. */
export function redirectUrl(address: EditorAddress, override: string): string {
  return override.trim() || `${editorUrl(address)}graph-connection/callback`
}

/** The same address on localhost, where plain http is allowed; what the browser shows there is then pasted. */
export function localRedirectUrl(address: EditorAddress): string {
  const url = new URL(redirectUrl(address, ''))
  url.hostname = 'localhost'
  return url.href
}

/**
 * Whether Entra refuses the address: plain http is for `localhost` only, and not for 127.0.0.1, which its portal
 * does not take ("Redirect URI restrictions").
 */
export function isRefused(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && hostname !== 'localhost'
}
