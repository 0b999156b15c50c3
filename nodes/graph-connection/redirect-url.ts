import type { ConnectionSettings } from '../lib/connection-settings'
import { isLoopback } from '../lib/loopback'
import { Problem } from '../lib/problem'

export interface RedirectTarget {
  readonly redirectUrl: string
  /** Whether the browser that begins has its cookie there too; else the code has to be pasted. */
  readonly returnsHere: boolean
}

/**
 * Where the sign-in service sends the browser: this Node-RED's callback as the editor's own address sees it, or
 * what the user has registered instead.
 */
export function redirectUrlOf(
  settings: ConnectionSettings,
  editorUrl: string,
  origin: string | undefined,
): RedirectTarget {
  const editor = editorAddress(editorUrl, origin)
  const redirectUrl = settings.redirectUrl || new URL('graph-connection/callback', editor).href
  const target = new URL(redirectUrl)
  // Entra, "Redirect URI restrictions": https, but for localhost.
  if (settings.cloud !== 'custom' && target.protocol === 'http:' && !isLoopback(redirectUrl)) {
    throw new Problem('redirectUrlNotSecure', { field: 'redirectUrl', value: redirectUrl })
  }
  return { redirectUrl, returnsHere: target.origin === editor.origin }
}

function editorAddress(editorUrl: string, origin: string | undefined): URL {
  const editor = URL.canParse(editorUrl) ? new URL(editorUrl) : undefined
  if (
    editor === undefined ||
    !/^https?:$/u.test(editor.protocol) ||
    (origin ?? editor.origin) !== editor.origin
  ) {
    throw new Problem('requestMalformed', { field: 'editorUrl' })
  }
  editor.search = ''
  editor.hash = ''
  if (!editor.pathname.endsWith('/')) editor.pathname += '/'
  return editor
}
