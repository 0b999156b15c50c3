import type { Response } from 'express'
import type { Texts } from '../shared/explain-problem.js'

/** What the sign-in window shows at last. */
export interface CallbackPage {
  readonly kind: 'done' | 'failed' | 'paste' | 'confirm' | 'consented' | 'consentFailed'
  readonly text: string
  /** To be copied into the dialog. */
  readonly code?: string
}

const CATALOGUE = 'node-red-contrib-graph-odata/graph-connection:callback'

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 34rem; margin: 15vh auto 0; padding: 0 1.5rem; }
h1 { font-size: 1.4rem; }
code { display: block; padding: .75rem; border: 1px solid; overflow-wrap: anywhere; user-select: all; }`

/**
 * A small page that needs nothing besides itself. It must not be framed, cached or named in a Referer, because
 * its address holds an authorization code (RFC 9700, 4.2.4).
 */
export function sendCallbackPage(texts: Texts, res: Response, page: CallbackPage): void {
  const title = texts._(`${CATALOGUE}.${page.kind}`)
  const close = page.kind === 'paste' || page.kind === 'confirm' ? '' : texts._(`${CATALOGUE}.close`)
  res
    .status(page.kind === 'failed' || page.kind === 'consentFailed' ? 400 : 200)
    .set({
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
    })
    .removeHeader('Access-Control-Allow-Origin')
  res.send(
    [
      '<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
      `<title>${escape(title)}</title><style>${STYLE}</style></head><body><h1>${escape(title)}</h1>`,
      `<p>${escape(page.text)}</p>`,
      page.code === undefined ? '' : `<code>${escape(page.code)}</code>`,
      close === '' ? '' : `<p>${escape(close)}</p>`,
      '</body></html>',
    ].join('\n'),
  )
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => ENTITIES[character] ?? '')
}
