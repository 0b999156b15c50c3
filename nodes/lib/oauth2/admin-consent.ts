import { randomBytes } from 'node:crypto'
import type { ConnectionSettings } from '../connection-settings'
import { Problem } from '../problem'
import { OPEN_ID_SCOPES } from './grant-scopes'

/** An administrator may need a night to look at it; nothing secret hangs on the link. */
const LIFE = 24 * 60 * 60_000
const MOST = 100

/**
 * The page on which an administrator grants the application's permissions for the whole tenant (Entra, "Admin
 * consent"). Known for Entra's paths only, wherever they are served.
 */
export function adminConsentUrl(settings: ConnectionSettings, redirectUrl: string, state: string): string {
  const { clientId, scope, resource, endpointVersion, authorizeUrl } = settings
  const page = URL.canParse(authorizeUrl) ? new URL(authorizeUrl) : undefined
  const [, tenant] = /^\/([^/]+)\/oauth2(?:\/v2\.0)?\/authorize$/u.exec(page?.pathname ?? '') ?? []
  if (page === undefined || tenant === undefined || !['http:', 'https:'].includes(page.protocol)) {
    throw new Problem('adminConsentUnknown', { field: 'authorizeUrl', value: authorizeUrl })
  }
  // "organizations, not common"; an application's permissions live in one tenant.
  if (['common', 'consumers'].includes(tenant.toLowerCase())) {
    throw new Problem('tenantNotSpecific', { field: 'tenant', value: tenant })
  }
  page.pathname = `/${tenant}/v2.0/adminconsent`
  page.search = ''
  const asked = scope.split(' ').filter((item) => item !== '' && !OPEN_ID_SCOPES.has(item))
  const scopes =
    endpointVersion === 'v2' && asked.length > 0 ? asked : [`${resource.replace(/\/$/u, '')}/.default`]
  const parameters = { client_id: clientId, scope: scopes.join(' '), redirect_uri: redirectUrl, state }
  for (const [name, value] of Object.entries(parameters)) page.searchParams.set(name, value)
  return page.href
}

export type ConsentState =
  | { readonly kind: 'pending' }
  | { readonly kind: 'granted' }
  | { readonly kind: 'failed'; readonly problem: Problem }

interface Attempt {
  readonly connection: string
  readonly state: string
  readonly begun: number
  outcome: ConsentState
}

/**
 * The consents that are waited for. An administrator answers in a browser of their own, so that no cookie can bind
 * it; the answer is only shown, never stored or trusted.
 */
export class AdminConsents {
  readonly #attempts = new Map<string, Attempt>()

  begin(connection: string, own: string): { readonly attempt: string; readonly state: string } {
    this.#forgetOld()
    const attempt = randomBytes(16).toString('base64url')
    const state = `${randomBytes(32).toString('base64url')}${own === '' ? '' : `.${own}`}`
    this.#attempts.set(attempt, { connection, state, begun: Date.now(), outcome: { kind: 'pending' } })
    return { attempt, state }
  }

  state(connection: string, id: string): ConsentState | undefined {
    this.#forgetOld()
    const attempt = this.#attempts.get(id)
    return attempt?.connection === connection ? attempt.outcome : undefined
  }

  /** False for a `state` that is none of these. */
  answer(state: string, outcome: ConsentState): boolean {
    this.#forgetOld()
    const attempt = [...this.#attempts.values()].find((candidate) => candidate.state === state)
    if (attempt === undefined) return false
    attempt.outcome = outcome
    return true
  }

  cancel(connection: string, id: string): boolean {
    return this.state(connection, id) !== undefined && this.#attempts.delete(id)
  }

  #forgetOld(): void {
    const oldest = Date.now() - LIFE
    for (const [id, { begun }] of this.#attempts) {
      if (begun < oldest || this.#attempts.size > MOST) this.#attempts.delete(id)
    }
  }
}
