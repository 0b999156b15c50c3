import { randomUUID } from 'node:crypto'

/** An error as Entra words it. Clients react to `error`; people search for the AADSTS number. */
export class EntraError extends Error {
  /** oidc-provider shows errors with `expose` to the client and reports others as its own failure. */
  readonly expose = true
  readonly allow_redirect = true
  readonly statusCode: number
  readonly suberror: string | undefined
  /** What a new sign-in has to bring: a JSON text (claims-challenge.md). */
  readonly claims: string | undefined

  constructor(
    readonly code: number,
    readonly error: string,
    readonly text: string,
    options: { status?: number; suberror?: string; claims?: string } = {},
  ) {
    // oidc-provider's authorize endpoint sends `message` as the OAuth `error`.
    super(error)
    this.statusCode = options.status ?? 400
    this.suberror = options.suberror
    this.claims = options.claims
  }

  get error_description(): string {
    return describe(this, randomUUID(), randomUUID(), new Date())
  }
}

function timestamp(now: Date): string {
  return `${now.toISOString().slice(0, 19).replace('T', ' ')}Z`
}

function describe(error: EntraError, traceId: string, correlationId: string, now: Date): string {
  return `AADSTS${error.code}: ${error.text} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp(now)}`
}

/** The JSON of the token and device code endpoints (reference-error-codes.md of entra-docs). */
export function errorBody(error: EntraError, origin: string): Record<string, unknown> {
  const traceId = randomUUID()
  const correlationId = randomUUID()
  const now = new Date()
  return {
    error: error.error,
    error_description: describe(error, traceId, correlationId, now),
    error_codes: [error.code],
    timestamp: timestamp(now),
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `${origin}/error?code=${error.code}`,
    ...(error.suberror === undefined ? {} : { suberror: error.suberror }),
    ...(error.claims === undefined ? {} : { claims: error.claims }),
  }
}

export function missing(parameter: string): EntraError {
  return new EntraError(
    900144,
    'invalid_request',
    `The request body must contain the following parameter: '${parameter}'.`,
  )
}

export const noConsent = (appName: string): EntraError =>
  new EntraError(
    65001,
    'invalid_grant',
    `The user or administrator has not consented to use the application named '${appName}'. Send an interactive authorization request for this user and resource.`,
    { suberror: 'consent_required' },
  )

/** What oidc-provider says in `error_detail`, and what Entra says for it. */
const byDetail: ReadonlyArray<readonly [RegExp, number, string, string]> = [
  [
    /authorization code already consumed/,
    54005,
    'invalid_grant',
    'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
  ],
  [
    /authorization code is expired/,
    70008,
    'invalid_grant',
    'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
  ],
  [
    /redirect_uri mismatch/,
    500112,
    'invalid_grant',
    'The reply address does not match the reply address provided when requesting the authorization code.',
  ],
  [
    /code_verifier|code_challenge/,
    501481,
    'invalid_grant',
    'The Code_Verifier does not match the code_challenge supplied in the authorization request for PKCE.',
  ],
  [
    /device code not found/,
    70018,
    'bad_verification_code',
    'Invalid verification code due to User typing in wrong user code for device code flow.',
  ],
  [/device code already consumed/, 54005, 'invalid_grant', 'The device code was already redeemed.'],
]

/** The same by OAuth error name, for what has no telling detail. */
const byError = new Map<string, readonly [number, string, string]>([
  [
    'authorization_pending',
    [
      70016,
      'authorization_pending',
      'OAuth 2.0 device flow error. Authorization is pending. Continue polling.',
    ],
  ],
  [
    'expired_token',
    [
      70020,
      'expired_token',
      "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
    ],
  ],
  // Entra's name for what RFC 8628 calls access_denied.
  ['access_denied', [65004, 'authorization_declined', 'User declined to consent to access the app.']],
  ['invalid_grant', [70000, 'invalid_grant', 'The provided value for the input parameter is not valid.']],
  [
    'invalid_scope',
    [70011, 'invalid_scope', "The provided value for the input parameter 'scope' is not valid."],
  ],
])

/** oidc-provider's own error in Entra's words. */
export function translate(error: string, detail: string): EntraError {
  const found = byDetail.find(([pattern]) => pattern.test(detail))
  if (found) return new EntraError(found[1], found[2], found[3])
  const [code, name, text] = byError.get(error) ?? [9002313, error, `Invalid request. ${detail}`]
  return new EntraError(code, name, text)
}
