import assert from 'node:assert/strict'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { apps, tenantDomain, tenantId } from '../../../sandbox/contoso/tenant'
import { browse, complete, CookieJar, hiddenFields, signInAs } from '../../support/browserless-sign-in'
import {
  adele,
  authorizeUrl,
  claimsOf,
  codeFor,
  megan,
  pkce,
  post,
  publicClient,
  redeem,
  redirectUri,
  resource,
  service,
  tokensFor,
} from './support'

describe('Signing in with an authorization code', () => {
  const tenant = service()

  it('sends the code and the state to the redirect URI with the port that was asked for', async () => {
    const landed = await signInAs(authorizeUrl(tenant.current), adele)
    assert.equal(landed.origin + landed.pathname, redirectUri)
    assert.equal(landed.searchParams.get('state'), 'state-1')
    assert.ok(landed.searchParams.get('code'))
    assert.equal(landed.searchParams.has('iss'), false)
  })

  it('gives an access token that Graph can verify: signature, issuer, audience, user, scopes', async () => {
    const { status, body } = await tokensFor(tenant.current, adele)
    assert.equal(status, 200, JSON.stringify(body))
    const { payload, protectedHeader } = await jwtVerify(
      String(body['access_token']),
      createRemoteJWKSet(new URL(tenant.current.jwksUrl)),
      { issuer: tenant.current.accessTokenIssuer, audience: resource },
    )
    assert.equal(protectedHeader.alg, 'RS256')
    assert.equal(protectedHeader.typ, 'JWT')
    assert.equal(payload['oid'], adele.id)
    assert.equal(payload['tid'], tenantId)
    assert.equal(payload['upn'], adele.userPrincipalName)
    assert.equal(payload['name'], adele.displayName)
    assert.equal(payload['appid'], apps.web.clientId)
    assert.deepEqual(new Set(String(payload['scp']).split(' ')), new Set(['openid', 'profile', 'User.Read']))
    assert.equal(payload['nbf'], payload.iat)
    assert.ok(payload['uti'])
  })

  it('answers with numbers, a refresh token and the granted scopes under their resource', async () => {
    const { body } = await tokensFor(tenant.current, adele)
    assert.equal(body['token_type'], 'Bearer')
    assert.equal(body['expires_in'], 3600)
    assert.equal(body['ext_expires_in'], 3600)
    assert.equal(typeof body['refresh_token'], 'string')
    assert.deepEqual(
      new Set(String(body['scope']).split(' ')),
      new Set(['openid', 'profile', `${resource}/User.Read`]),
    )
    assert.equal('expires_on' in body, false)
  })

  it('gives an id_token with nonce, tenant and user, issued by the v2 issuer', async () => {
    const code = await codeFor(tenant.current, adele, { nonce: 'nonce-1' })
    const { body } = await redeem(tenant.current, code)
    const claims = claimsOf(body['id_token'])
    assert.equal(claims['aud'], apps.web.clientId)
    assert.equal(claims['nonce'], 'nonce-1')
    assert.equal(claims['tid'], tenantId)
    assert.equal(claims['oid'], adele.id)
    assert.equal(claims['preferred_username'], adele.userPrincipalName)
    assert.equal(claims['iss'], `${tenant.current.origin}/${tenantId}/v2.0`)
  })

  it('gives neither a refresh token nor an id_token that was not asked for', async () => {
    const { body } = await tokensFor(tenant.current, adele, 'User.Read')
    assert.equal('refresh_token' in body, false)
    assert.equal('id_token' in body, false)
  })

  it('takes scopes with the resource before them', async () => {
    const { body } = await tokensFor(tenant.current, adele, `${resource}/User.Read ${resource}/Mail.Read`)
    assert.equal(claimsOf(body['access_token'])['scp'], 'User.Read Mail.Read')
  })

  it('gives for .default all that was granted', async () => {
    const { body } = await tokensFor(
      tenant.current,
      adele,
      `openid profile offline_access ${resource}/.default`,
    )
    const scopes = String(claimsOf(body['access_token'])['scp']).split(' ')
    assert.deepEqual(scopes.filter((name) => name.includes('.')).sort(), [...apps.web.delegated].sort())
  })

  it('redeems a code once, and says AADSTS54005 the second time', async () => {
    const code = await codeFor(tenant.current, adele)
    assert.equal((await redeem(tenant.current, code)).status, 200)
    const { status, body } = await redeem(tenant.current, code)
    assert.equal(status, 400)
    assert.equal(body['error'], 'invalid_grant')
    assert.deepEqual(body['error_codes'], [54005])
  })

  it('redeems a code only with the redirect URI that it was sent to', async () => {
    const code = await codeFor(tenant.current, adele)
    const { body } = await redeem(tenant.current, code, {
      redirect_uri: 'http://localhost:1881/graph-connection/callback',
    })
    assert.equal(body['error'], 'invalid_grant')
    assert.deepEqual(body['error_codes'], [500112])
  })

  it('redeems a code only at the tenant that issued it, its id and domain being the same', async () => {
    const common = await codeFor(tenant.current, adele, {}, { tenant: 'common' })
    const refused = await redeem(tenant.current, common)
    assert.deepEqual(refused.body['error_codes'], [700005])
    assert.equal((await redeem(tenant.current, common, {}, { tenant: 'common' })).status, 200)
    const byId = await codeFor(tenant.current, adele)
    assert.equal((await redeem(tenant.current, byId, {}, { tenant: tenantDomain })).status, 200)
  })

  it('refuses a code that has expired', async () => {
    tenant.current.control.authorizationCodeLifetime = 1
    const code = await codeFor(tenant.current, adele)
    tenant.current.control.authorizationCodeLifetime = 600
    await new Promise((resolve) => setTimeout(resolve, 1100))
    assert.deepEqual((await redeem(tenant.current, code)).body['error_codes'], [70008])
  })

  it('refuses a code that it never issued', async () => {
    const { body } = await redeem(tenant.current, 'nonsense')
    assert.equal(body['error'], 'invalid_grant')
  })

  describe('with PKCE', () => {
    const redeemPublic = async (code: string, more: Record<string, string>) =>
      post(tenant.current, {
        ...publicClient,
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        ...more,
      })
    const asPublic = { client_id: apps.publicClient.clientId }

    it('gives a public client its tokens for the S256 verifier', async () => {
      const { verifier, challenge } = pkce()
      const code = await codeFor(tenant.current, adele, {
        ...asPublic,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      })
      const { status, body } = await redeemPublic(code, { code_verifier: verifier })
      assert.equal(status, 200, JSON.stringify(body))
    })

    it('takes a challenge without a method as plain', async () => {
      const { verifier } = pkce()
      const code = await codeFor(tenant.current, adele, { ...asPublic, code_challenge: verifier })
      assert.equal((await redeemPublic(code, { code_verifier: verifier })).status, 200)
      const named = await codeFor(tenant.current, adele, {
        ...asPublic,
        code_challenge: verifier,
        code_challenge_method: 'plain',
      })
      assert.equal((await redeemPublic(named, { code_verifier: verifier })).status, 200)
    })

    it('refuses a wrong or missing verifier', async () => {
      const { challenge } = pkce()
      const query = { ...asPublic, code_challenge: challenge, code_challenge_method: 'S256' }
      for (const more of [{ code_verifier: pkce().verifier }, {}]) {
        const { body } = await redeemPublic(await codeFor(tenant.current, adele, query), more)
        assert.equal(body['error'], 'invalid_grant')
        assert.deepEqual(body['error_codes'], [501481])
      }
    })

    it('refuses a challenge that is too short', async () => {
      const landed = await signInAs(
        authorizeUrl(tenant.current, { code_challenge: 'short', code_challenge_method: 'S256' }),
        adele,
      )
      assert.equal(landed.searchParams.get('error'), 'invalid_request')
      assert.match(landed.searchParams.get('error_description') ?? '', /AADSTS501491/)
    })
  })

  it('takes the response modes fragment and form_post, and the hybrid flow', async () => {
    const fragment = await signInAs(authorizeUrl(tenant.current, { response_mode: 'fragment' }), megan)
    assert.ok(new URLSearchParams(fragment.hash.slice(1)).get('code'))
    const hybrid = await signInAs(
      authorizeUrl(tenant.current, { response_type: 'code id_token', nonce: 'n' }),
      megan,
    )
    const answer = new URLSearchParams(hybrid.hash.slice(1))
    assert.ok(answer.get('code'))
    assert.equal(claimsOf(answer.get('id_token'))['nonce'], 'n')
    const jar = new CookieJar()
    const url = authorizeUrl(tenant.current, { response_mode: 'form_post' })
    const posted = await complete(await browse(url, jar), megan, { jar })
    assert.ok('page' in posted)
    assert.match(posted.page.html, new RegExp(`action="${redirectUri}"`))
    assert.ok(hiddenFields(posted.page.html)['code'])
  })
})
