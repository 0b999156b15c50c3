/** A code of ours, and the field of the connection that is to be put right, if there is one. */
export interface Meaning {
  readonly code: string
  readonly field?: string
}

/**
 * What Entra's numbers mean (Microsoft Entra authentication and authorization error codes). They only make the
 * text clearer: what is repeated or asks for a sign-in is decided by `error`, as that page demands.
 */
const MEANINGS: readonly (readonly [Meaning, readonly number[]])[] = [
  [{ code: 'clientSecretWrong', field: 'clientSecret' }, [7000215]],
  [{ code: 'clientSecretExpired', field: 'clientSecret' }, [7000222]],
  [{ code: 'clientSecretMissing', field: 'clientSecret' }, [7000218]],
  [{ code: 'publicClient', field: 'clientAuthentication' }, [700025]],
  [
    { code: 'clientAssertionRefused', field: 'clientAuthentication' },
    [50012, 50013, 500133, 700021, 700023, 700024, 700027, 700030, 700211, 700212, 700213, 700229],
  ],
  [{ code: 'appNotFound', field: 'clientId' }, [700011, 700016]],
  [{ code: 'appDisabled', field: 'clientId' }, [7000112]],
  [{ code: 'tenantNotFound', field: 'tenant' }, [50059, 90002, 90019, 900021, 900023]],
  [{ code: 'appSingleTenant', field: 'tenant' }, [50194]],
  [{ code: 'wrongAuthority', field: 'tenant' }, [90124, 90130, 9001023, 9002332]],
  [{ code: 'redirectUrlMismatch', field: 'redirectUrl' }, [50011, 500112, 500113]],
  [{ code: 'consentRequired' }, [65001, 65005, 650056, 650057, 90093, 90094, 90095]],
  [{ code: 'consentDeclined' }, [65004]],
  [{ code: 'signInCancelled' }, [50199]],
  [{ code: 'scopeInvalid', field: 'scope' }, [28002, 28003, 70011, 700022, 1002012]],
  [{ code: 'resourceOnV2', field: 'endpointVersion' }, [901002]],
  [{ code: 'accountNotInTenant' }, [50020]],
  [{ code: 'accountNotAssigned' }, [50105]],
  [{ code: 'accountLocked' }, [50053]],
  [{ code: 'accountDisabled' }, [50057]],
  [{ code: 'passwordExpired' }, [50055]],
  [{ code: 'passwordWrong', field: 'password' }, [50034, 50126]],
  [{ code: 'conditionalAccess' }, [53000, 53001, 53002, 53003, 530032, 530035]],
  [{ code: 'secondFactorRequired' }, [50072, 50074, 50076, 50078, 50079, 50158]],
  [{ code: 'codeUsed' }, [54005]],
  [{ code: 'deviceCodeEnded' }, [70018, 70019, 70020]],
]

const BY_NUMBER: ReadonlyMap<number, Meaning> = new Map(
  MEANINGS.flatMap(([meaning, numbers]) => numbers.map((number) => [number, meaning] as const)),
)

/** OAuth's own codes (RFC 6749, 4.1.2.1 and 5.2; OpenID Connect Core, 3.1.2.6) where no number says more. */
const BY_ERROR: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['invalid_client', { code: 'clientRefused', field: 'clientId' }],
  ['unauthorized_client', { code: 'grantRefused', field: 'grantType' }],
  ['unsupported_grant_type', { code: 'grantRefused', field: 'grantType' }],
  ['invalid_scope', { code: 'scopeInvalid', field: 'scope' }],
  ['invalid_resource', { code: 'scopeInvalid', field: 'scope' }],
  ['invalid_target', { code: 'scopeInvalid', field: 'scope' }],
  ['consent_required', { code: 'consentRequired' }],
  ['interaction_required', { code: 'interactionRequired', field: 'grantType' }],
  ['login_required', { code: 'interactionRequired', field: 'grantType' }],
  // A person who leaves the page; Entra gives its number where permissions were declined.
  ['access_denied', { code: 'signInCancelled' }],
  ['authorization_declined', { code: 'signInCancelled' }],
  ['expired_token', { code: 'deviceCodeEnded' }],
  ['bad_verification_code', { code: 'deviceCodeEnded' }],
  ['temporarily_unavailable', { code: 'serviceUnavailable' }],
  ['server_error', { code: 'serviceUnavailable' }],
])

export function meaningOf(error: string, number: number | undefined): Meaning | undefined {
  return (number === undefined ? undefined : BY_NUMBER.get(number)) ?? BY_ERROR.get(error)
}
