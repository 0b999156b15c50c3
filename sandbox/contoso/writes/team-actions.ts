import type { Action, ActionCall } from '../../graph/action-call'
import { GraphError, notFound } from '../../graph/errors'
import { accepted, type Operation } from '../../graph/operations'
import { textOf, type Relation, type Row, type Rows } from '../../graph/rows'
import { Random, minutesAgo, now } from '../random'
import type { Store } from '../store'
import type { WriteRule } from '../../graph/write-rules'

/** Teams are groups that have been made one. */
export function teamsOf(store: Store): Rows {
  const { groups } = store.directory
  const rows = groups.rows(isTeam).map((group) => teamOf(group))
  return {
    length: rows.length,
    at: (index) => rows[index],
    byKey: (key) => {
      const group = groups.byKey(key)
      if (group === undefined) return undefined
      // Its operations can be asked for as soon as it is being made.
      const isComing = store.operations.knows(`createTeam ${textOf(group, 'id')}`)
      return isTeam(group) || isComing ? teamOf(group) : undefined
    },
  }
}

export function teamRelations(store: Store): Record<string, Relation> {
  return {
    'group/team': (group) => (isTeam(group) ? teamOf(group) : undefined),
    'team/group': (team) => store.directory.groups.byKey(textOf(team, 'id')),
    'team/channels': (team) =>
      store.collections.of(
        team,
        'channels',
        () => [channel(team, 'General', 0)],
        () => ({ complete: (values, number) => channel(team, textOf(values, 'displayName'), number) }),
      ),
  }
}

export function isTeam(group: Row): boolean {
  const options = group['resourceProvisioningOptions']
  return Array.isArray(options) && options.includes('Team')
}

function teamOf(group: Row): Row {
  return {
    id: group['id'],
    createdDateTime: group['createdDateTime'],
    displayName: group['displayName'],
    description: group['description'],
    visibility: textOf(group, 'visibility').toLowerCase() || 'private',
    isArchived: group['archived'] === true,
    webUrl: `https://teams.microsoft.com/l/team/${textOf(group, 'id')}`,
  }
}

function channel(team: Row, displayName: string, number: number): Row {
  const random = new Random(`channel ${textOf(team, 'id')} ${number}`)
  return {
    id: `19:${random.hex(32)}@thread.tacv2`,
    createdDateTime: number === 0 ? minutesAgo(300_000) : now(),
    displayName,
    description: null,
    membershipType: 'standard',
    webUrl: `https://teams.microsoft.com/l/channel/${random.hex(12)}`,
  }
}

/** Teams works on after it has answered; `Location` says where to ask, relative and without a version. */
export function teamActions(store: Store): Record<string, Action> {
  const archiving =
    (archived: boolean): Action =>
    ({ row, setting }) => {
      const group = store.directory.groups.byKey(textOf(row, 'id'))
      if (group === undefined) throw notFound('directory', textOf(row, 'id'))
      const kind = archived ? 'archiveTeam' : 'unarchiveTeam'
      const id = setting.control.operations.start(`${kind} ${textOf(row, 'id')}`, () =>
        store.directory.groups.amend(group, { archived }),
      )
      return { answer: accepted(operationHeaders(textOf(row, 'id'), id)) }
    }
  return {
    'team/archive': archiving(true),
    'team/unarchive': archiving(false),
    'printer/create': ({ parameters, request, setting }: ActionCall) => {
      const id = setting.control.operations.start('print', () => ({
        id: new Random(`printer ${store.log.sequence}`).guid(),
        displayName: parameters.get('displayname'),
      }))
      const location = `${request.base}/print/operations/${id}`
      return { answer: accepted({ 'Operation-Location': location, 'Retry-After': '1' }) }
    },
  }
}

export function operationHeaders(team: string, id: string): Record<string, string> {
  return { Location: `/teams('${team}')/operations('${id}')`, 'Content-Location': `/teams('${team}')` }
}

export function teamRules(store: Store): Record<string, WriteRule> {
  return {
    team: {
      begin: ({ values }, references, { control }) => {
        const { group, kind, finish } = startTeam(values, references.get('group')?.at(0), store)
        const id = control.operations.start(kind, finish)
        return accepted(operationHeaders(textOf(group, 'id'), id))
      },
    },
  }
}

/** Makes a team of a group, or a group for it first. */
export function startTeam(
  values: Row,
  bound: Row | undefined,
  store: Store,
): { group: Row; kind: string; finish: () => Row } {
  const { groups } = store.directory
  if (bound !== undefined && isTeam(bound))
    throw new GraphError(409, 'Conflict', 'Team already exists for the group.')
  const name = textOf(values, 'displayName')
  const group =
    bound ??
    groups.create({
      displayName: name,
      description: values['description'] ?? null,
      mailNickname: name.replaceAll(/\W/g, '') || `team${store.log.sequence}`,
      visibility: 'Private',
      resourceProvisioningOptions: [],
    })
  const finish = (): Row => {
    const current = groups.byKey(textOf(group, 'id'))
    if (current === undefined) throw notFound('directory', textOf(group, 'id'))
    return groups.update(current, { resourceProvisioningOptions: ['Team'] })
  }
  return { group, kind: `createTeam ${textOf(group, 'id')}`, finish }
}

/** A `teamsAsyncOperation`. */
export function teamsOperation(operation: Operation): Row {
  const [kind = '', team = ''] = operation.kind.split(' ')
  const statuses = {
    notStarted: 'notStarted',
    inProgress: 'inProgress',
    completed: 'succeeded',
    failed: 'failed',
  }
  return {
    id: operation.id,
    operationType: kind,
    createdDateTime: operation.started,
    status: statuses[operation.status],
    lastActionDateTime: now(),
    attemptsCount: 1,
    targetResourceId: team,
    targetResourceLocation: `/teams('${team}')`,
    error: operation.error ?? null,
  }
}
