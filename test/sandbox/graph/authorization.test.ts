import assert from 'node:assert/strict'
import { SignJWT, generateKeyPair } from 'jose'
import { errorOf, startGraphUnderTest, type GraphUnderTest } from '../../support/graph-tokens'

describe('The local Graph takes access tokens as Graph does', () => {
  let test: GraphUnderTest
  before(async () => (test = await startGraphUnderTest()))
  after(() => test.close())

  const refused = async (authorization: string | undefined): Promise<[number, string, string]> => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
    const response = await fetch(`${test.graph.origin}/v1.0/users`, { headers })
    assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer realm=""/)
    return errorOf(response)
  }

  it('refuses a request without a token', async () => {
    const expected = [401, 'InvalidAuthenticationToken', 'Access token is empty.']
    assert.deepEqual(await refused(undefined), expected)
    assert.deepEqual(await refused('Bearer '), expected)
  })

  it('refuses what is no token', async () => {
    const message = 'CompactToken parsing failed with error code: 80049217'
    assert.deepEqual(await refused('Bearer nonsense'), [401, 'InvalidAuthenticationToken', message])
  })

  it('refuses an expired token', async () => {
    const token = await test.token({ roles: ['User.Read.All'] }, { seconds: -60 })
    const message = 'Lifetime validation failed, the token is expired.'
    assert.deepEqual(await refused(`Bearer ${token}`), [401, 'InvalidAuthenticationToken', message])
  })

  it('refuses a token that expires between two requests', async () => {
    const token = await test.token({ roles: ['User.Read.All'] }, { seconds: 1 })
    assert.equal((await test.get('/users', token)).status, 200)
    await new Promise((resolve) => setTimeout(resolve, 1600))
    assert.equal((await test.get('/users', token)).status, 401)
  })

  it('refuses a token for another audience or of another issuer', async () => {
    const audience = await test.token({ roles: ['User.Read.All'] }, { audience: 'https://other.example' })
    assert.match((await refused(`Bearer ${audience}`))[2], /Invalid audience/)
    const issuer = await test.token({ roles: ['User.Read.All'] }, { issuer: 'https://other.example' })
    assert.match((await refused(`Bearer ${issuer}`))[2], /Invalid issuer/)
  })

  it('refuses a token that somebody else has signed', async () => {
    const { privateKey } = await generateKeyPair('RS256')
    const [, claims = ''] = (await test.application('User.Read.All')).split('.')
    const payload = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
    const forged = await new SignJWT(payload)
      .setProtectedHeader({ alg: 'RS256', kid: 'test' })
      .sign(privateKey)
    assert.deepEqual((await refused(`Bearer ${forged}`)).slice(0, 2), [401, 'InvalidAuthenticationToken'])
  })

  it('knows no "me" for an application', async () => {
    const response = await test.get('/me/messages', await test.application('Mail.Read'))
    const message = '/me request is only valid with delegated authentication flow.'
    assert.deepEqual(await errorOf(response), [400, 'BadRequest', message])
  })

  it('words a missing permission as each workload does', async () => {
    const nothing = await test.token({})
    assert.deepEqual(await errorOf(await test.get('/users', nothing)), [
      403,
      'Authorization_RequestDenied',
      'Insufficient privileges to complete the operation.',
    ])
    const mail = '/users/AdeleV@contoso.onmicrosoft.com/messages'
    assert.deepEqual((await errorOf(await test.get(mail, nothing))).slice(0, 2), [403, 'ErrorAccessDenied'])
    assert.deepEqual((await errorOf(await test.get('/sites/root', nothing))).slice(0, 2), [
      403,
      'accessDenied',
    ])
  })

  it('opens to a user what is their own with fewer permissions', async () => {
    const token = await test.user('User.Read', 'Mail.Read')
    assert.equal((await test.get('/me', token)).status, 200)
    assert.equal((await test.get('/users/adelev@contoso.onmicrosoft.com', token)).status, 200)
    assert.equal((await test.get('/me/messages', token)).status, 200)
    assert.equal((await test.get('/users', token)).status, 403)
    assert.equal((await test.get('/me/manager', token)).status, 403)
    const other = '/users/MeganB@contoso.onmicrosoft.com/messages'
    assert.equal((await test.get(other, token)).status, 403)
    assert.equal((await test.get(other, await test.user('Mail.Read.Shared'))).status, 200)
  })

  it('takes a permission to write for one to read', async () => {
    assert.equal((await test.get('/users', await test.application('User.ReadWrite.All'))).status, 200)
    assert.equal((await test.get('/groups', await test.application('User.ReadWrite.All'))).status, 403)
  })

  it('needs no token for its metadata and for the open service', async () => {
    assert.equal((await fetch(`${test.graph.origin}/v1.0/$metadata`)).status, 200)
    assert.equal((await fetch(`${test.graph.openService}/Products`)).status, 200)
  })
})
