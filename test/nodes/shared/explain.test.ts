import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../../../nodes/lib/problem'
import { ServiceError } from '../../../nodes/lib/odata/service-error'
import { isRecord } from '../../../nodes/lib/records'
import { explain } from '../../../nodes/shared/explain'

const catalogue: unknown = JSON.parse(
  readFileSync(
    join(__dirname, '../../../nodes/graph-connection/locales/en-US/graph-connection.json'),
    'utf8',
  ),
)

/** Looks texts up as Node-RED does: what is missing comes back as its key. */
const RED = {
  _: (key: string, values: Record<string, unknown> = {}): string => {
    const path = key.slice(key.indexOf(':') + 1).split('.')
    const text = path.reduce<unknown>((at, name) => (isRecord(at) ? at[name] : undefined), catalogue)
    return typeof text === 'string' ? text.replaceAll(/__(\w+)__/gu, (_, name) => String(values[name])) : key
  },
}

describe('what a user is told of an error', () => {
  const refusal = (statusCode: number, serviceMessage: string, code = `HTTP_${statusCode}`): ServiceError =>
    new ServiceError({
      statusCode,
      code,
      message: serviceMessage,
      requestId: 'r-1',
      retryAfter: undefined,
      location: undefined,
    })

  for (const [what, error, expected] of [
    [
      'a missing permission',
      refusal(403, 'Insufficient privileges to complete the operation.'),
      /^Insufficient privileges .*request id r-1\) The token does not open this address/u,
    ],
    [
      'an application that asks for itself',
      refusal(400, '/me request is only valid with delegated authentication flow.'),
      /“me” needs a signed-in user/u,
    ],
    [
      'a token that is not accepted',
      refusal(401, 'Lifetime validation failed.'),
      /refuses the token: check/u,
    ],
    [
      'a text that was sent as body',
      refusal(
        400,
        'Write requests (excluding DELETE) must contain the Content-Type header declaration.',
        'BadRequest',
      ),
      /The body is text: make an object of it first/u,
    ],
    [
      'a name that is taken',
      refusal(409, 'An item with the same name already exists.', 'nameAlreadyExists'),
      /“If it exists” in the node's dialog/u,
    ],
  ] as const) {
    it(`of ${what} holds the remedy`, () => {
      assert.match(explain(RED, error), expected)
    })
  }

  it('of Entra ends in the number that one looks up', () => {
    const values = { field: 'clientSecret', error: 'invalid_client', detail: '', aadsts: 'AADSTS7000222' }
    assert.match(
      explain(RED, new Problem('clientSecretExpired', values)),
      /^The client secret has expired\. .* enter it here\. \(AADSTS7000222\)$/u,
    )
  })

  it('says that the outcome of a write is not known', () => {
    const lost = new Problem('connectionLost', { host: 'graph.example', reason: 'ECONNRESET' })
    lost.outcomeUnknown = true
    assert.match(explain(RED, lost), /graph\.example broke .* look before you send it again/u)
  })

  it('names nothing of what was not meant to be thrown', () => {
    const text = explain(RED, new Error('Bearer eyJ-secret'))
    assert.match(text, /\(Error\)/u)
    assert.doesNotMatch(text, /secret/u)
  })
})
