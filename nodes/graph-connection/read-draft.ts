import type { NodeAPI } from 'node-red'
import { checkSecrets } from '../lib/check-settings'
import { SECRETS, type ConnectionSecrets, type ConnectionSettings } from '../lib/connection-settings'
import type { Network } from '../lib/http/network'
import { proofOf } from '../lib/oauth2/grant-context'
import { Problem } from '../lib/problem'
import { isRecord, textAt } from '../lib/records'
import { readSettings, type Lookup, type RawConnection } from '../lib/read-settings'
import type { Connection } from './connection'
import { networkOf } from './network-of'

/** What has to be equal before a stored secret may be used for a draft: else it could be sent anywhere. */
const GUARDED = [
  'serviceUrl',
  'authorizeUrl',
  'tokenUrl',
  'deviceCodeUrl',
  'cloud',
  'tenant',
  'clientId',
  'grantType',
  'proxy',
  'tls',
] as const

/** The dialog's values, read as a deployed connection would read them. */
export interface Draft {
  readonly connection: string
  readonly raw: RawConnection
  readonly settings: ConnectionSettings
  readonly secrets: ConnectionSecrets
  readonly network: Network
  readonly lookup: Lookup
  /** Whether anything was typed in that the deployed connection does not know. */
  readonly typed: boolean
}

/**
 * @param purpose `look`: nothing is sent with the draft's secrets, so that none need be there.
 * @throws Problem naming the field that is wrong.
 */
export function readDraft(
  RED: NodeAPI,
  connection: string,
  body: unknown,
  deployed: Connection | undefined,
  purpose: 'use' | 'look' = 'use',
): Draft {
  const raw = draftSettings(body)
  const lookup = lookupFor(RED, connection)
  const settings = readSettings(raw, lookup)
  if (purpose === 'use') checkMachineSecrets(settings, deployed)
  const typed = typedSecrets(body)
  const secrets = { ...storedSecrets(settings, deployed), ...typed }
  if (purpose === 'use') checkUsable(settings, secrets)
  const network = networkOf(RED, settings)
  return { connection, raw, settings, secrets, network, lookup, typed: Object.keys(typed).length > 0 }
}

/** All that can be known to be wrong before somebody signs in. */
function checkUsable(settings: ConnectionSettings, secrets: ConnectionSecrets): void {
  if (settings.grantType === 'none' || settings.grantType === 'managed_identity') return
  checkSecrets(settings, secrets)
  proofOf(settings, secrets)
}

export function isSamePlace(draft: ConnectionSettings, deployed: ConnectionSettings): boolean {
  return GUARDED.every((name) => draft[name] === deployed[name])
}

function draftSettings(body: unknown): RawConnection {
  const settings = isRecord(body) ? body['settings'] : undefined
  if (!isRecord(settings)) throw new Problem('requestMalformed', { field: 'settings' })
  return settings
}

/** '' says that a secret was removed. */
function typedSecrets(body: unknown): ConnectionSecrets {
  const given = isRecord(body) ? body['secrets'] : undefined
  return Object.fromEntries(
    SECRETS.flatMap((name) => {
      const secret = textAt(given, name)
      return secret === undefined ? [] : [[name, secret] as const]
    }),
  )
}

function storedSecrets(settings: ConnectionSettings, deployed: Connection | undefined): ConnectionSecrets {
  if (deployed?.settings === undefined || !isSamePlace(settings, deployed.settings)) return {}
  return { ...deployed.secrets }
}

/** What this machine itself is trusted with is stored outside of Node-RED, but no less a stored secret. */
function checkMachineSecrets(settings: ConnectionSettings, deployed: Connection | undefined): void {
  const { grantType, clientAuthentication, federatedTokenFile } = settings
  const machine = grantType === 'managed_identity' || clientAuthentication === 'federated'
  if (!machine || grantType === 'none') return
  const known = deployed?.settings
  const same =
    known !== undefined &&
    isSamePlace(settings, known) &&
    known.federatedTokenFile === federatedTokenFile &&
    known.resource === settings.resource
  if (!same) throw new Problem('deployFirst', { field: 'grantType' })
}

/** As the deployed node would see it; before the first deploy there is only the process's environment. */
function lookupFor(RED: NodeAPI, id: string): Lookup {
  const node = RED.nodes.getNode(id)
  return (name) => (node === null ? process.env[name] : RED.util.getSetting(node, name))
}
