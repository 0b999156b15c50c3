import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apps } from '../../../sandbox/contoso/tenant'
import type { SignInService } from '../../../sandbox/sign-in/server'
import { signedAssertion, signerOf } from '../../../nodes/lib/oauth2/client-assertion'
import { federatedAssertion } from '../../../nodes/lib/oauth2/federated-assertion'
import { requestToken } from '../../../nodes/lib/oauth2/oauth2-client'
import { Problem } from '../../../nodes/lib/problem'
import { selfSignedCertificate } from '../../support/self-signed-certificate'
import { settingsOf, startSignIn } from './local-sign-in'
import { forever, problemOf } from './signing-in'

const { certificate, key } = selfSignedCertificate()

/** The code of the problem, whose values must not hold the key. */
function keylessCodeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof Problem)
    assert.ok(!JSON.stringify(error.values).includes('PRIVATE'))
    return error.code
  }
  return 'none'
}

describe('a certificate as the client’s proof', () => {
  const encrypted = createPrivateKey(key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' })
    .toString()
  const { privateKey: curve } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const other = selfSignedCertificate()

  const wrong: readonly (readonly [string, Record<string, string>, string])[] = [
    ['no certificate', {}, 'certificateMissing'],
    ['a PKCS#12 file', { certificate: 'MIIKcAIBAzCCCiwGCSqGSIb3DQEHAaCC' }, 'certificateNotPem'],
    ['no key', { certificate }, 'privateKeyMissing'],
    ['half a key', { certificate, privateKey: key.replace(/\n.{40}/u, '\n') }, 'privateKeyUnreadable'],
    ['another certificate’s key', { certificate, privateKey: other.key }, 'keyOfOtherCertificate'],
    ['a locked key', { certificate, privateKey: encrypted }, 'passphraseMissing'],
    ['a wrong passphrase', { certificate, privateKey: encrypted, passphrase: 'x' }, 'passphraseWrong'],
    [
      'a key of an elliptic curve',
      { certificate, privateKey: curve.export({ type: 'pkcs8', format: 'pem' }).toString() },
      'privateKeyNotRsa',
    ],
  ]
  for (const [what, secrets, code] of wrong) {
    it(`is refused before anything is sent: ${what}`, () => {
      assert.equal(
        keylessCodeOf(() => signerOf(secrets, Date.now())),
        code,
      )
    })
  }

  it('is refused when it has ended', () => {
    const later = Date.now() + 2 * 365 * 24 * 3600_000
    assert.equal(
      keylessCodeOf(() => signerOf({ certificate, privateKey: key }, later)),
      'certificateExpired',
    )
  })

  it('may be one PEM text with its key, and the key may be locked', () => {
    signerOf({ certificate: `${key}\n${certificate}` }, Date.now())
    signerOf({ certificate, privateKey: encrypted, passphrase: 'open sesame' }, Date.now())
  })

  it('makes another statement each time, signed with PS256 and named by x5t#S256', () => {
    const signer = signerOf({ certificate, privateKey: key }, Date.now())
    const texts = [0, 1].map(() => signedAssertion(signer, 'client', 'https://login.example/token', 0))
    assert.notEqual(texts[0], texts[1])
    const [header, claims] = (texts[0] ?? '')
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>)
    assert.ok(header && claims)
    assert.equal(header['alg'], 'PS256')
    assert.equal(typeof header['x5t#S256'], 'string')
    const { aud, iss, sub, exp, nbf } = claims
    assert.deepEqual([aud, iss, sub], ['https://login.example/token', 'client', 'client'])
    assert.deepEqual([nbf, exp], [-300, 600])
  })

  it('works while this machine’s clock is hours off', async () => {
    const service: SignInService = await startSignIn()
    service.control.registerCertificate(apps.web.clientId, certificate)
    const settings = settingsOf(service, { clientAuthentication: 'certificate' })
    const signer = signerOf({ certificate, privateKey: key }, Date.now())
    const off = 5 * 3600_000
    const proof = {
      kind: 'assertion',
      assertion: async (now: number) =>
        signedAssertion(signer, settings.clientId, settings.tokenUrl, now - off),
    } as const
    const { tokenUrl, clientId, timeout, scope } = settings
    const options = { purpose: { scope }, signal: forever() }
    const request = { grant: 'client_credentials' } as const
    try {
      // The service runs in this process, too: what is off is only what the assertion is told.
      const endpoint = { tokenUrl, clientId, proof, timeout, maxRetries: 0 }
      assert.equal((await problemOf(requestToken(endpoint, request, options))).code, 'clientAssertionRefused')
      service.control.answerNextTokenRequests({
        status: 401,
        contentType: 'application/json',
        headers: { date: new Date(Date.now() + off).toUTCString() },
        body: '{"error":"invalid_client","error_description":"AADSTS700024: not within its valid time range."}',
      })
      await requestToken(endpoint, request, options)
      assert.equal(service.control.tokenRequests.at(-1)?.status, 200)
    } finally {
      await service.close()
    }
  })
})

describe('a federated credential', () => {
  const folder = mkdtempSync(join(tmpdir(), 'federated-'))
  after(() => rmSync(folder, { recursive: true }))

  it('is read again for each request', async () => {
    const file = join(folder, 'token')
    for (const text of ['a.b.c', 'd.e.f']) {
      writeFileSync(file, `${text}\n`)
      assert.equal(await federatedAssertion(file, file), text)
    }
  })

  it('is never anything else that a file holds', async () => {
    const file = join(folder, 'shadow')
    writeFileSync(file, 'root:$6$secret:19000:0:99999:7:::')
    const problem = await problemOf(federatedAssertion(file, '${MY_FILE}'))
    assert.equal(problem.code, 'federatedFileNoToken')
    assert.equal(problem.values['value'], '${MY_FILE}')
    assert.doesNotMatch(JSON.stringify(problem.values) + problem.message, /root:|shadow/)
    const unreadable = await problemOf(federatedAssertion(join(folder, 'none'), '${MY_FILE}'))
    assert.deepEqual([unreadable.code, unreadable.values['value']], ['federatedFileUnreadable', '${MY_FILE}'])
    assert.doesNotMatch(unreadable.message, /none/)
    assert.equal((await problemOf(federatedAssertion('', ''))).code, 'federatedFileMissing')
  })
})
