import { parameterText, texts, type Action } from '../../graph/action-call'
import { badRequest, GraphError, notFound } from '../../graph/errors'
import { shortName, textOf, typeOf, type Row } from '../../graph/rows'
import { now } from '../random'
import type { Store } from '../store'
import { tenantDomain } from '../tenant'

const skus = new Set(['05e9a617-0261-4cee-bb44-138d3ef5d965', 'c7df2760-2c81-4ef7-b578-5b5392b571df'])
/** Of `checkMemberGroups`; `getByIds` takes a thousand. */
const mostGroups = 20
const mostIds = 1000

/** The actions of users, groups and directory objects. */
export function directoryActions({ directory }: Store): Record<string, Action> {
  const { users, groups } = directory
  const groupsOf = (row: Row, securityOnly: unknown): string[] =>
    directory
      .transitiveGroupsOf(row)
      .filter((group) => securityOnly !== true || group['securityEnabled'] === true)
      .map((group) => textOf(group, 'id'))
  const among = (row: Row, ids: readonly string[]): string[] => {
    if (ids.length > mostGroups)
      throw badRequest(`The maximum number of group ids is ${mostGroups}.`, 'Request_BadRequest')
    const own = new Set(groupsOf(row, false))
    return ids.filter((id) => own.has(id))
  }
  return {
    'user/assignLicense': ({ row, parameters }) => {
      if (textOf(row, 'usageLocation') === '')
        throw badRequest(
          'License assignment cannot be done for user with invalid usage location.',
          'Request_BadRequest',
        )
      const added = (parameters.get('addlicenses') ?? []) as readonly Row[]
      const removed = new Set(texts(parameters, 'removelicenses'))
      const unknown = added.find(({ skuId }) => !skus.has(String(skuId)))
      if (unknown !== undefined)
        throw badRequest(
          `License ${String(unknown['skuId'])} does not correspond to a valid company License.`,
          'Request_BadRequest',
        )
      const old = (row['assignedLicenses'] ?? []) as readonly Row[]
      const absent = [...removed].find((id) => !old.some(({ skuId }) => skuId === id))
      if (absent !== undefined)
        throw badRequest(`User does not have a corresponding license ${absent}.`, 'Request_BadRequest')
      const replaced = new Set([...removed, ...added.map(({ skuId }) => skuId)])
      const kept = old.filter(({ skuId }) => !replaced.has(skuId))
      const given = added.map(({ skuId, disabledPlans = [] }) => ({ disabledPlans, skuId }))
      return { row: users.update(row, { assignedLicenses: [...kept, ...given] }) }
    },
    'user/changePassword': ({ parameters }) => {
      if ((parameterText(parameters, 'newpassword') ?? '').length < 8)
        throw badRequest(
          'The specified password does not comply with password complexity requirements.',
          'Request_BadRequest',
        )
      return { status: 204 }
    },
    'user/revokeSignInSessions': () => ({ value: true }),
    'directoryObject/checkMemberGroups': ({ row, parameters }) => ({
      value: among(row, texts(parameters, 'groupids')),
    }),
    'directoryObject/checkMemberObjects': ({ row, parameters }) => ({
      value: among(row, texts(parameters, 'ids')),
    }),
    'directoryObject/getMemberGroups': ({ row, parameters }) => ({
      value: groupsOf(row, parameters.get('securityenabledonly')),
    }),
    'directoryObject/getMemberObjects': ({ row, parameters }) => ({
      value: groupsOf(row, parameters.get('securityenabledonly')),
    }),
    'directoryObject/getByIds': ({ parameters }) => {
      const ids = texts(parameters, 'ids')
      if (ids.length === 0 || ids.length > mostIds)
        throw badRequest(`The number of ids must be between 1 and ${mostIds}.`, 'Request_BadRequest')
      const types = texts(parameters, 'types').map((type) => shortName(type).toLowerCase())
      const found = ids.map((id) => directory.objects.byKey?.(id)).filter((row) => row !== undefined)
      const wanted = (row: Row): boolean =>
        types.length === 0 ||
        types.includes('directoryobject') ||
        types.includes(shortName(typeOf(row, '')).toLowerCase())
      return { list: found.filter(wanted) }
    },
    'directoryObject/validateProperties': ({ parameters }) => validateName(parameters, undefined),
    'group/validateProperties': ({ row, parameters }) => validateName(parameters, row),
    'directoryObject/restore': ({ row, via }) => {
      if (via?.name !== 'deletedItems') throw notFound('directory', textOf(row, 'id'))
      const table = directory.tableOf(row)
      if (table === undefined) throw notFound('directory', textOf(row, 'id'))
      return { row: table.create({ ...row, deletedDateTime: null }) }
    },
    'group/renew': ({ row }) => {
      groups.update(row, { renewedDateTime: now() })
      return { status: 204 }
    },
  }

  /** 204 where the names may be used; 422 says why not. */
  function validateName(parameters: ReadonlyMap<string, unknown>, own: Row | undefined) {
    const nickname = parameters.get('mailnickname')
    const taken = groups.rows((row) => row['mailNickname'] === nickname && row['id'] !== own?.['id'])
    if (typeof nickname === 'string' && taken.length > 0) {
      const message = `Another object with the same value for property mailNickname already exists (${nickname}@${tenantDomain}).`
      throw new GraphError(422, 'Request_UnprocessableEntity', 'Property validation failure.', {}, [
        { code: 'PropertyConflict', target: 'mailNickname', message },
      ])
    }
    return { status: 204 as const }
  }
}
