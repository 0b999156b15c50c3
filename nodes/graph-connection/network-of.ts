import { createSecureContext } from 'node:tls'
import type { NodeAPI } from 'node-red'
import { errorName } from '../lib/error-code'
import type { ConnectionSettings } from '../lib/connection-settings'
import { proxyUrl, type Network, type ProxySettings, type TlsSettings } from '../lib/http/network'
import { Problem } from '../lib/problem'
import { isRecord, textAt } from '../lib/records'

type Nodes = Pick<NodeAPI, 'nodes'>

/**
 * The network as core's own config nodes describe it.
 * @throws Problem where a chosen one is missing or unusable: going out without it could mean going past a proxy or a
 * check.
 */
export function networkOf(RED: Nodes, { proxy, tls }: ConnectionSettings): Network {
  return {
    proxy: proxy === '' ? 'environment' : proxyOf(nodeOf(RED, 'proxy', proxy)),
    tls: tls === '' ? {} : tlsOf(nodeOf(RED, 'tls', tls)),
  }
}

function proxyOf(node: object): ProxySettings {
  const credentials = 'credentials' in node ? node.credentials : undefined
  const [username, password] = [textAt(credentials, 'username'), textAt(credentials, 'password')]
  const listed: unknown = 'noproxy' in node ? node.noproxy : undefined
  const chosen = {
    url: textAt(node, 'url') ?? '',
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    noProxy: Array.isArray(listed) ? listed.filter((entry) => typeof entry === 'string') : [],
  }
  proxyUrl(chosen)
  return chosen
}

/**
 * Core's own method alone knows where a tls-config has its certificates from: files, credentials, environment. Whether
 * they can be used it does not look at.
 */
function tlsOf(node: object): TlsSettings {
  const usable = !('valid' in node) || node.valid === true
  if (!usable || !('addTLSOptions' in node) || typeof node.addTLSOptions !== 'function') {
    throw new Problem('tlsInvalid', { field: 'tls' })
  }
  const options: unknown = node.addTLSOptions({})
  const tls: TlsSettings = isRecord(options) ? options : {}
  try {
    createSecureContext(tls)
    return tls
  } catch (error) {
    throw new Problem('tlsUnusable', { field: 'tls', reason: errorName(error) })
  }
}

function nodeOf(RED: Nodes, field: 'proxy' | 'tls', id: string): object {
  // The registry's types say that there is always a node; a deleted or disabled one gives null.
  const node = RED.nodes.getNode(id) as unknown
  if (!isRecord(node)) throw new Problem('configNodeMissing', { field, value: id })
  return node
}
