import assert from 'node:assert/strict'
import { apps, tenantId } from '../../../sandbox/contoso/tenant'
import { browse, complete, CookieJar, signInAs, type Page } from '../../support/browserless-sign-in'
import {
  adele,
  authorizeUrl,
  claimsOf,
  megan,
  redeem,
  redirectUri,
  resource,
  service,
  tokensFor,
} from './support'

describe('The pages of the sign-in', () => {
  const tenant = service()
  const page = async (url: URL, jar = new CookieJar()): Promise<Page> => {
    const landing = await browse(url, jar)
    assert.ok('page' in landing, 'a page')
    return landing.page
  }
  const refusal = async (
    query: Record<string, string | undefined>,
    who = adele,
    options = {},
    where = {},
  ) => {
    const landed = await signInAs(authorizeUrl(tenant.current, query, where), who, options)
    return {
      error: landed.searchParams.get('error'),
      text: landed.searchParams.get('error_description') ?? '',
      state: landed.searchParams.get('state'),
    }
  }
  afterEach(() => tenant.current.control.forgetConsents())

  it('offer the accounts without script, third-party resources or frames', async () => {
    const url = authorizeUrl(tenant.current)
    const { html, status } = await page(url)
    assert.equal(status, 200)
    assert.match(html, /Adele Vance/)
    assert.match(html, /Müller-Strauß/)
    assert.match(html, /<html lang="en">/)
    assert.doesNotMatch(html, /<script|https?:\/\/|@import|<img/)
    const landing = await fetch(url, { redirect: 'manual' })
    const cookies = landing.headers.getSetCookie().map((line) => line.split(';').slice(1).join(';'))
    assert.ok(cookies.length > 0)
    for (const attributes of cookies) assert.match(attributes, /samesite=lax; httponly/i)
  })

  it('escape what comes from outside', async () => {
    const { html } = await page(
      authorizeUrl(tenant.current, { redirect_uri: 'http://localhost/<script>alert(1)</script>' }),
    )
    assert.match(html, /&lt;script&gt;/)
    assert.doesNotMatch(html, /<script>/)
  })

  it('show errors that must not reach the redirect URI', async () => {
    const cases: [Record<string, string | undefined>, RegExp][] = [
      [{ client_id: '00000000-0000-0000-0000-000000000000' }, /AADSTS700016/],
      [{ client_id: undefined }, /AADSTS900144/],
      [{ redirect_uri: 'https://example.com/callback' }, /AADSTS50011/],
      [{ redirect_uri: 'http://localhost:1880/Graph-Connection/callback' }, /AADSTS50011/],
      [{ redirect_uri: 'http://localhost:1880/graph-connection/callback/' }, /AADSTS50011/],
      [{ redirect_uri: 'https://localhost/graph-connection/callback' }, /AADSTS50011/],
    ]
    for (const [query, expected] of cases) {
      const { html, status } = await page(authorizeUrl(tenant.current, query))
      assert.equal(status, 400)
      assert.match(html, expected)
    }
    for (const [where, expected] of [
      ['fabrikam.example', /AADSTS90002/],
      ['consumers', /AADSTS9002332/],
      ['nonsense', /AADSTS900023/],
    ] as const) {
      assert.match((await page(authorizeUrl(tenant.current, {}, { tenant: where }))).html, expected)
    }
  })

  it('take the redirect URI of 127.0.0.1 with any port', async () => {
    const uri = 'http://127.0.0.1:54321/graph-connection/callback'
    const landed = await signInAs(authorizeUrl(tenant.current, { redirect_uri: uri }), adele)
    assert.equal(landed.origin + landed.pathname, uri)
  })

  it('send other errors to the redirect URI, with the state', async () => {
    const cases: [Record<string, string | undefined>, string, RegExp][] = [
      [{ resource }, 'invalid_request', /AADSTS901002/],
      [{ scope: undefined }, 'invalid_request', /AADSTS900144.*'scope'/],
      [{ scope: 'User.Eat' }, 'invalid_client', /AADSTS650053/],
      [{ scope: 'https://graph.microsoft.com/User.Read' }, 'invalid_resource', /AADSTS500011/],
      [{ scope: `${resource}/.default User.Read` }, 'invalid_scope', /AADSTS70011/],
      [{ response_type: 'magic' }, 'unsupported_response_type', /AADSTS/],
      [{ prompt: 'sometimes' }, 'invalid_request', /AADSTS/],
    ]
    for (const [query, error, text] of cases) {
      const answer = await refusal(query)
      assert.equal(answer.error, error)
      assert.match(answer.text, text)
      assert.equal(answer.state, 'state-1')
    }
  })

  it('keep an error in the response mode that was asked for', async () => {
    const landed = await signInAs(
      authorizeUrl(tenant.current, { scope: 'User.Eat', response_mode: 'fragment' }),
      adele,
    )
    assert.equal(new URLSearchParams(landed.hash.slice(1)).get('error'), 'invalid_client')
  })

  it('answer a cancelled sign-in with access_denied', async () => {
    const jar = new CookieJar()
    const { url, html } = await page(authorizeUrl(tenant.current), jar)
    assert.match(html, /Cancel/)
    const landing = await browse(url, jar, { action: 'cancel' })
    assert.ok('redirect' in landing)
    assert.equal(landing.redirect.searchParams.get('error'), 'access_denied')
  })

  describe('asking for consent', () => {
    const query = { scope: 'User.Read Notes.ReadWrite' }

    it('list the permissions, and remember that they were granted', async () => {
      const jar = new CookieJar()
      const first = await browse(authorizeUrl(tenant.current, query), jar)
      assert.ok('page' in first)
      const second = await browse(first.page.url, jar, { account: adele.id })
      assert.ok('page' in second)
      assert.match(second.page.html, /Notes\.ReadWrite/)
      assert.match(second.page.html, /Read and write your OneNote notebooks/)
      const end = await complete(second, adele, { jar })
      assert.ok('redirect' in end)
      const { body } = await redeem(tenant.current, end.redirect.searchParams.get('code') ?? '')
      assert.equal(claimsOf(body['access_token'])['scp'], 'User.Read Notes.ReadWrite')
      const again = await browse(authorizeUrl(tenant.current, query), jar)
      assert.ok('redirect' in again, 'no page the second time')
    })

    it('answer with access_denied when declined', async () => {
      const { error, text } = await refusal(query, adele, { consent: false })
      assert.equal(error, 'access_denied')
      assert.match(text, /AADSTS65004/)
    })

    it('refuse users what only an administrator may grant', async () => {
      const scope = 'Directory.ReadWrite.All'
      const { error, text } = await refusal({ scope })
      assert.equal(error, 'access_denied')
      assert.match(text, /AADSTS90094/)
      const { body } = await tokensFor(tenant.current, megan, scope)
      assert.equal(claimsOf(body['access_token'])['scp'], scope)
    })

    it('do not ask where .default is what was granted', async () => {
      const query = { client_id: apps.unprivileged.clientId, scope: `${resource}/.default` }
      const jar = new CookieJar()
      const { url } = await page(authorizeUrl(tenant.current, query), jar)
      assert.ok('redirect' in (await browse(url, jar, { account: adele.id })))
    })

    it('ask again for prompt=consent', async () => {
      const jar = new CookieJar()
      await signInAs(authorizeUrl(tenant.current), adele, { jar })
      assert.match(
        (await page(authorizeUrl(tenant.current, { prompt: 'consent' }), jar)).html,
        /Permissions requested/,
      )
      const landed = await signInAs(authorizeUrl(tenant.current, { prompt: 'consent' }), adele, { jar })
      assert.ok(landed.searchParams.get('code'))
    })
  })

  describe('in a browser that is signed in', () => {
    it('are not shown', async () => {
      const jar = new CookieJar()
      await signInAs(authorizeUrl(tenant.current), adele, { jar })
      const landing = await browse(authorizeUrl(tenant.current, { prompt: 'none' }), jar)
      assert.ok('redirect' in landing)
      assert.ok(landing.redirect.searchParams.get('code'))
    })

    it('are shown for prompt=login and prompt=select_account, where another account may be taken', async () => {
      const jar = new CookieJar()
      await signInAs(authorizeUrl(tenant.current), adele, { jar })
      for (const [prompt, who] of [
        ['login', adele],
        ['select_account', megan],
      ] as const) {
        assert.match((await page(authorizeUrl(tenant.current, { prompt }), jar)).html, /Pick an account/)
        const landed = await signInAs(authorizeUrl(tenant.current, { prompt }), who, { jar })
        const { body } = await redeem(tenant.current, landed.searchParams.get('code') ?? '')
        assert.equal(claimsOf(body['access_token'])['oid'], who.id)
      }
    })

    it('are shown when login_hint names another account, and offer that one', async () => {
      const jar = new CookieJar()
      await signInAs(authorizeUrl(tenant.current), adele, { jar })
      const { html } = await page(authorizeUrl(tenant.current, { login_hint: megan.userPrincipalName }), jar)
      assert.match(html, /Megan Bowen/)
      assert.doesNotMatch(html, /Adele Vance/)
    })

    it('are not another browser', async () => {
      await signInAs(authorizeUrl(tenant.current), adele, { jar: new CookieJar() })
      assert.match((await page(authorizeUrl(tenant.current))).html, /Pick an account/)
    })

    it('cannot be finished from another browser', async () => {
      const { url } = await page(authorizeUrl(tenant.current))
      const landing = await browse(url, new CookieJar(), { account: adele.id })
      assert.ok('page' in landing)
      assert.equal(landing.page.status, 400)
    })

    it('are shown again after signing out', async () => {
      const jar = new CookieJar()
      await signInAs(authorizeUrl(tenant.current), adele, { jar })
      const out = new URL(`${tenant.current.origin}/${tenantId}/oauth2/v2.0/logout`)
      out.searchParams.set('post_logout_redirect_uri', redirectUri)
      const landing = await browse(out, jar)
      assert.ok('redirect' in landing)
      assert.equal(landing.redirect.href, redirectUri)
      assert.match((await page(authorizeUrl(tenant.current), jar)).html, /Pick an account/)
      out.searchParams.set('post_logout_redirect_uri', 'https://example.com/')
      assert.match((await page(out, jar)).html, /You are signed out/)
    })
  })

  it('say to prompt=none what they would have asked for', async () => {
    const nobody = await refusal({ prompt: 'none' })
    assert.equal(nobody.error, 'login_required')
    assert.match(nobody.text, /AADSTS50058/)
    const jar = new CookieJar()
    await signInAs(authorizeUrl(tenant.current), adele, { jar })
    const { error, text } = await refusal({ prompt: 'none', scope: 'Notes.ReadWrite' }, adele, { jar })
    assert.equal(error, 'interaction_required')
    assert.match(text, /AADSTS65001/)
  })

  it('offer the accounts of the domain that domain_hint names', async () => {
    const of = async (domain: string) =>
      (await page(authorizeUrl(tenant.current, { domain_hint: domain }))).html
    assert.match(await of('contoso.onmicrosoft.com'), /Adele Vance/)
    assert.match(await of('organizations'), /Adele Vance/)
    assert.match(await of('fabrikam.example'), /No account here matches/)
  })

  it('send iss with the code only if a test wants it', async () => {
    tenant.current.control.authorizationResponseIssuer = 'https://attacker.example'
    const landed = await signInAs(authorizeUrl(tenant.current), adele)
    tenant.current.control.authorizationResponseIssuer = undefined
    assert.equal(landed.searchParams.get('iss'), 'https://attacker.example')
  })

  describe('for an administrator', () => {
    const address = (path: string, query: Record<string, string> = {}, name: string = tenantId) => {
      const url = new URL(`${tenant.current.origin}/${name}/${path}`)
      const all = { client_id: apps.web.clientId, redirect_uri: redirectUri, state: 's', ...query }
      for (const [key, value] of Object.entries(all)) url.searchParams.set(key, value)
      return url
    }

    it('grant permissions for everyone', async () => {
      const scope = `${resource}/Directory.ReadWrite.All`
      const landed = await signInAs(address('v2.0/adminconsent', { scope }), megan)
      assert.equal(landed.searchParams.get('admin_consent'), 'True')
      assert.equal(landed.searchParams.get('tenant'), tenantId)
      assert.equal(landed.searchParams.get('scope'), scope)
      assert.equal(landed.searchParams.get('state'), 's')
      const { body } = await tokensFor(tenant.current, adele, 'Directory.ReadWrite.All')
      assert.equal(claimsOf(body['access_token'])['scp'], 'Directory.ReadWrite.All')
    })

    it('know the older address too, and tell of a refusal', async () => {
      const granted = await signInAs(address('adminconsent', {}, 'common'), megan)
      assert.equal(granted.searchParams.get('admin_consent'), 'True')
      const refused = await signInAs(address('adminconsent'), adele)
      assert.equal(refused.searchParams.get('error'), 'access_denied')
      assert.equal(refused.searchParams.get('admin_consent'), 'True')
      assert.match((await page(address('v2.0/adminconsent', {}, 'common'))).html, /AADSTS900023/)
    })
  })
})
