import { GraphError } from '../../graph/errors'
import { textOf, type Row } from '../../graph/rows'
import type { Table } from '../../graph/table'
import { refuseBody } from '../../graph/write-errors'
import type { WriteRule } from '../../graph/write-rules'
import { Random } from '../random'
import type { Store } from '../store'
import { tenantDomain } from '../tenant'

/** What the directory asks of new users, groups and applications. */
export function directoryRules({ directory, log }: Store): Record<string, WriteRule> {
  const { users, groups, applications } = directory
  return {
    user: {
      create: ({ body: { values } }) => {
        checkName(values, users)
        checkPassword(values)
        // A password goes in and never comes out.
        const { passwordProfile: _, ...stored } = values
        return { values: { ...stored, mail: values['mail'] ?? null } }
      },
      update: ({ row, body: { values } }) => {
        checkName(values, users, row)
        checkPassword(values)
        const { passwordProfile: _, ...stored } = values
        return stored
      },
    },
    group: {
      create: ({ body: { values } }) => {
        checkUnique(values, 'uniqueName', groups)
        return { values: { ...groupMail(values), ...values } }
      },
      update: ({ row, body: { values } }) => {
        checkUnique(values, 'uniqueName', groups, row)
        return values
      },
    },
    application: {
      create: ({ body: { values } }) => {
        checkUnique(values, 'uniqueName', applications)
        const appId = new Random(`app ${log.sequence + 1}`).guid()
        const given = {
          appId,
          identifierUris: [],
          tags: [],
          publisherDomain: tenantDomain,
          signInAudience: 'AzureADMyOrg',
        }
        return { values: { ...given, ...values } }
      },
      update: ({ row, body: { values } }) => {
        checkUnique(values, 'uniqueName', applications, row)
        return values
      },
    },
  }
}

/** Only a Microsoft 365 group has a mailbox; a group is either that, or for security, or both. */
function groupMail(values: Row): Row {
  const types = Array.isArray(values['groupTypes']) ? values['groupTypes'] : []
  if (types.includes('Unified') !== (values['mailEnabled'] === true))
    throw refuseBody(
      'directory',
      types.includes('Unified')
        ? "The service does not currently support writes of mail-disabled Unified groups. Please ensure that the 'mailEnabled' property is true."
        : 'The service does not currently support writes of mail-enabled groups. Please ensure that the mail-enablement property is unset and the security-enablement property is set.',
    )
  const nickname = textOf(values, 'mailNickname')
  if (!/^[\w.!#$%&'*+/=?^`{|}~-]{1,64}$/.test(nickname))
    throw refuseBody('directory', "Invalid value specified for property 'mailNickname' of resource 'Group'.")
  const mail = types.includes('Unified') ? `${nickname}@${tenantDomain}` : null
  return {
    mail,
    proxyAddresses: mail === null ? [] : [`SMTP:${mail}`],
    groupTypes: [],
    resourceProvisioningOptions: [],
    visibility: mail === null ? null : 'Public',
  }
}

function checkName(values: Row, users: Table, row?: Row): void {
  if (values['userPrincipalName'] === undefined) return
  const name = textOf(values, 'userPrincipalName')
  const domain = name.split('@').at(1)?.toLowerCase() ?? ''
  if (![tenantDomain, 'contoso.com'].includes(domain))
    throw refuseBody(
      'directory',
      'The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.',
    )
  const other = users.byKey(name)
  if (other !== undefined && other['id'] !== row?.['id']) throw taken('userPrincipalName')
}

function checkPassword(values: Row): void {
  const { password } = (values['passwordProfile'] ?? {}) as { password?: string | null }
  if (typeof password === 'string' && password.length < 8)
    throw refuseBody(
      'directory',
      'The specified password does not comply with password complexity requirements. Please provide a different password.',
    )
}

/** A name that only some objects have, and no two of them the same. */
function checkUnique(values: Row, name: string, table: Table, row?: Row): void {
  const value = values[name]
  if (value === undefined || value === null) return
  const others = table.rows((other) => other[name] === value && other['id'] !== row?.['id'])
  if (others.length > 0)
    throw new GraphError(
      409,
      'Request_MultipleObjectsWithSameKeyValue',
      `Another object with the same value for property ${name} already exists.`,
    )
}

/** Unlike other services, the directory calls a conflict of names a bad request. */
function taken(target: string): GraphError {
  const message = `Another object with the same value for property ${target} already exists.`
  return new GraphError(400, 'Request_BadRequest', message, {}, [{ code: 'ObjectConflict', target, message }])
}
