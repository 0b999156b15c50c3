import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../../../nodes/lib/problem'
import { ServiceError } from '../../../nodes/lib/odata/service-error'
import { isRecord } from '../../../nodes/lib/records'
import { explain } from '../../../nodes/shared/explain'

const catalogueOf = (type: string): unknown =>
  JSON.parse(readFileSync(join(__dirname, `../../../nodes/${type}/locales/en-US/${type}.json`), 'utf8'))
const catalogues: Readonly<Record<string, unknown>> = {
  'graph-connection': catalogueOf('graph-connection'),
  'graph-odata': catalogueOf('graph-odata'),
}

/** Looks texts up as Node-RED does: what is missing comes back as its key. */
const RED = {
  _: (key: string, values: Record<string, unknown> = {}): string => {
    const [, type = '', path = ''] = /^.*\/([^:]*):(.*)$/u.exec(key) ?? []
    const text = path
      .split('.')
      .reduce<unknown>((at, name) => (isRecord(at) ? at[name] : undefined), catalogues[type])
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

  it('names a row of the dialog by the label above it and its own name', () => {
    const problem = new Problem('fieldEmpty', { field: 'params folder', value: '' })
    assert.match(explain(RED, problem), /^Values for placeholders “folder” /u)
    const header = new Problem('headerInvalid', { field: 'headers', value: 'x y' })
    assert.match(explain(RED, header), /^Headers/u)
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
