import assert from 'node:assert/strict'
import { authorizeProblem, refusalFailure, type Grant } from '../../../nodes/lib/oauth2/oauth2-problem'

const facts = {
  url: 'https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token',
  timeout: 1000,
  sent: true,
  overLimit: false,
  secrets: [],
  now: 0,
} as const

function refused(grant: Grant, error: string, number?: number) {
  const description = number === undefined ? '' : `AADSTS${number}: In Entra's words. Trace ID: 0f1e`
  const body = {
    error,
    error_description: description,
    ...(number === undefined ? {} : { error_codes: [number] }),
  }
  const answer = { status: 400, body, retryAfter: undefined, date: undefined, cut: false }
  return refusalFailure(answer, { ...facts, grant }).problem
}

describe('what Entra refuses', () => {
  const table: readonly (readonly [number, string, string, string | undefined])[] = [
    [50011, 'invalid_request', 'redirectUrlMismatch', 'redirectUrl'],
    [500113, 'invalid_request', 'redirectUrlMismatch', 'redirectUrl'],
    [50194, 'invalid_request', 'appSingleTenant', 'tenant'],
    [90002, 'invalid_request', 'tenantNotFound', 'tenant'],
    [700016, 'unauthorized_client', 'appNotFound', 'clientId'],
    [7000215, 'invalid_client', 'clientSecretWrong', 'clientSecret'],
    [7000222, 'invalid_client', 'clientSecretExpired', 'clientSecret'],
    [7000218, 'invalid_client', 'clientSecretMissing', 'clientSecret'],
    [700025, 'invalid_client', 'publicClient', 'clientAuthentication'],
    [700027, 'invalid_client', 'clientAssertionRefused', 'clientAuthentication'],
    [70011, 'invalid_scope', 'scopeInvalid', 'scope'],
    [65001, 'invalid_grant', 'consentRequired', undefined],
    [50076, 'interaction_required', 'secondFactorRequired', undefined],
    [50105, 'invalid_grant', 'accountNotAssigned', undefined],
    [53003, 'access_denied', 'conditionalAccess', undefined],
  ]
  for (const [number, error, code, field] of table) {
    it(`is told as ${code}, whether the token or the sign-in page says AADSTS${number}`, () => {
      const page = authorizeProblem(error, `AADSTS${number}: In Entra's words. Trace ID: 0f1e`)
      for (const problem of [refused('password', error, number), page]) {
        assert.deepEqual([problem.code, problem.values['field']], [code, field])
        assert.deepEqual(
          [problem.values['aadsts'], problem.values['detail']],
          [`AADSTS${number}`, "In Entra's words."],
        )
      }
    })
  }

  for (const [error, grant, code] of [
    ['invalid_client', 'client_credentials', 'clientRefused'],
    ['unauthorized_client', 'client_credentials', 'grantRefused'],
    ['invalid_resource', 'client_credentials', 'scopeInvalid'],
    ['invalid_grant', 'password', 'passwordWrong'],
    ['invalid_grant', 'code', 'codeRefused'],
    ['expired_token', 'device_code', 'deviceCodeEnded'],
    ['interaction_required', 'password', 'interactionRequired'],
    ['something_new', 'code', 'requestRefused'],
  ] as const) {
    it(`is told by its error where no number says more: ${error}, ${grant}`, () => {
      for (const number of [undefined, 99_999_999]) assert.equal(refused(grant, error, number).code, code)
    })
  }

  for (const error of ['invalid_grant', 'interaction_required', 'login_required', 'consent_required']) {
    it(`asks for a sign-in where a renewal ends in ${error}, whatever the number`, () => {
      for (const number of [undefined, 50076, 65001, 700082])
        assert.equal(refused('refresh', error, number).code, 'signInRequired')
    })
  }
})
