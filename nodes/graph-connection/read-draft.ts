import type { ConnectionSecrets, ConnectionSettings } from '../lib/connection-settings'
import { Problem } from '../lib/problem'
import { isRecord, textAt } from '../lib/records'
import type { RawConnection } from '../lib/read-settings'
import type { Connection } from './connection'

const TYPED = ['clientSecret', 'username', 'password'] as const

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
] as const

export function draftSettings(body: unknown): RawConnection {
  const settings = isRecord(body) ? body['settings'] : undefined
  if (!isRecord(settings)) throw new Problem('requestMalformed', { field: 'settings' })
  return settings
}

/** What was typed in, completed by what is deployed, if both go to the same place. */
export function draftSecrets(
  body: unknown,
  settings: ConnectionSettings,
  deployed: Connection | undefined,
): ConnectionSecrets {
  const given = isRecord(body) ? body['secrets'] : undefined
  const typed = TYPED.flatMap((name) => {
    const secret = textAt(given, name)
    return secret === undefined ? [] : [[name, secret] as const]
  })
  return { ...storedSecrets(settings, deployed), ...Object.fromEntries(typed) }
}

function storedSecrets(settings: ConnectionSettings, deployed: Connection | undefined): ConnectionSecrets {
  if (deployed?.settings === undefined || !isSamePlace(settings, deployed.settings)) return {}
  return { ...deployed.secrets }
}

export function isSamePlace(draft: ConnectionSettings, deployed: ConnectionSettings): boolean {
  return GUARDED.every((name) => draft[name] === deployed[name])
}
