import assert from 'node:assert/strict'
import {
  timeoutFailure,
  transportFailure,
  TransportFailure,
  type Reach,
} from '../../../nodes/lib/http/transport-failure'

describe('a failure of the network means for repeating', () => {
  const table: [code: string, reach: Reach, kind: string, problem: string][] = [
    ['ENOTFOUND', 'notSent', 'nameUnknown', 'serviceUnreachable'],
    ['EAI_AGAIN', 'notSent', 'notSent', 'serviceUnreachable'],
    ['ECONNREFUSED', 'notSent', 'notSent', 'serviceUnreachable'],
    ['EHOSTUNREACH', 'notSent', 'notSent', 'serviceUnreachable'],
    ['ENETUNREACH', 'notSent', 'notSent', 'serviceUnreachable'],
    ['ETIMEDOUT', 'notSent', 'notSent', 'serviceUnreachable'],
    ['ECONNRESET', 'notSent', 'notSent', 'connectionLost'],
    ['PROXY_502', 'notSent', 'notSent', 'proxyRefused'],
    ['PROXY_503', 'notSent', 'notSent', 'proxyRefused'],
    ['PROXY_ECONNREFUSED', 'notSent', 'notSent', 'proxyUnreachable'],
    ['PROXY_407', 'notSent', 'final', 'proxyAuthentication'],
    ['PROXY_403', 'notSent', 'final', 'proxyRefused'],
    ['CERT_HAS_EXPIRED', 'notSent', 'final', 'certificateRefused'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'notSent', 'final', 'certificateRefused'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'notSent', 'final', 'certificateRefused'],
    ['ERR_INVALID_CHAR', 'notSent', 'final', 'connectionLost'],
    ['EPROTO', 'notSent', 'final', 'connectionLost'],
    ['ECONNRESET', 'sent', 'lost', 'connectionLost'],
    ['EPIPE', 'sent', 'lost', 'connectionLost'],
    ['ETIMEDOUT', 'sent', 'lost', 'connectionLost'],
    ['ECONNRESET', 'answered', 'cut', 'answerCut'],
    ['Z_DATA_ERROR', 'answered', 'cut', 'answerCut'],
  ]
  for (const [code, reach, kind, problem] of table) {
    it(`${code}, ${reach}: ${kind}`, () => {
      const failure = transportFailure(Object.assign(new Error('x'), { code }), 'host', reach)
      assert.ok(failure instanceof TransportFailure)
      assert.deepEqual([failure.kind, failure.code], [kind, problem])
    })
  }

  for (const [reach, kind] of [
    ['notSent', 'notSent'],
    ['sent', 'lost'],
    ['answered', 'cut'],
  ] as const) {
    it(`silence, ${reach}: ${kind}`, () => {
      assert.deepEqual(timeoutFailure('host', 30_000, reach).kind, kind)
    })
  }
})
