import { pipeline } from '../../http/http'
import { logRequests, type Trace } from '../../http/log'
import type { Network } from '../../http/network'
import { createTransport } from '../../http/transport'
import { Problem } from '../../problem'
import { isRecord, textAt } from '../../records'
import { parseJson } from '../json'
import type { RequestTemplate } from './known-permissions'
import type { Permission, RequestPermissions } from './permissions'

/** The service that Graph Explorer asks (microsoft-graph-devx-api, PermissionsController). */
export const PERMISSION_SERVICE = 'https://graphexplorerapi.azurewebsites.net/permissions'

export interface PermissionServiceOptions {
  readonly address: string
  readonly network: Network
  readonly trace: Trace
  readonly signal: AbortSignal
}

const TIMEOUT = 15_000
const MOST_BYTES = 1_000_000

/**
 * Asks Microsoft's public service what opens a request. It is told the method and the template, and nothing else:
 * no token, no tenant, no client certificate.
 *
 * @returns empty lists where the service does not know the path.
 * @throws Problem where it does not answer as it should.
 */
export async function askPermissionService(
  { method, path }: RequestTemplate,
  { address, network, trace, signal }: PermissionServiceOptions,
): Promise<RequestPermissions> {
  const url = `${address}?requesturl=${encodeURIComponent(path)}&method=${method}`
  const { origin, host } = new URL(address)
  const transport = createTransport({ proxy: network.proxy, tls: {} })
  const send = pipeline([logRequests(trace, origin)], transport.send)
  const headers = new Map([['accept', 'application/json']])
  try {
    const response = await send({
      method: 'GET',
      url,
      headers,
      signal,
      timeout: TIMEOUT,
      maxResponseSize: MOST_BYTES,
    })
    if (response.status === 404) return { delegated: [], application: [] }
    const rows = response.status === 200 ? listIn(response.body) : undefined
    if (rows === undefined) throw new Problem('permissionServiceFailed', { host, status: response.status })
    return { delegated: kind(rows, 'DelegatedWork'), application: kind(rows, 'Application') }
  } finally {
    transport.close()
  }
}

function listIn(body: Buffer): readonly unknown[] | undefined {
  try {
    const list = parseJson(body)
    return Array.isArray(list) ? list : undefined
  } catch {
    return undefined
  }
}

const MOST = 100

function kind(rows: readonly unknown[], scopeType: string): Permission[] {
  const permissions = rows.flatMap((row) => {
    const name = textAt(row, 'value')
    if (name === undefined || !isRecord(row) || row['scopeType'] !== scopeType) return []
    // What it says goes into an error and a scope.
    if (row['isHidden'] === true || !/^[A-Za-z0-9._-]{1,100}$/u.test(name)) return []
    const description = textAt(row, 'consentDisplayName')
    return [
      {
        name,
        least: row['isLeastPrivilege'] === true,
        ...(description === undefined ? {} : { description: description.slice(0, 300) }),
        needsAdmin: row['isAdmin'] === true,
      },
    ]
  })
  return [...permissions.filter(({ least }) => least), ...permissions.filter(({ least }) => !least)].slice(
    0,
    MOST,
  )
}
