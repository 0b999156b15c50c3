import { textOf, type Relation, type Row, type Rows } from '../../graph/rows'
import type { Operation } from '../../graph/operations'
import type { Store } from '../store'
import { teamsOperation } from './team-actions'

/** Where clients ask how far something is that goes on after its request. */
export function operationRelations({ operations }: Store): Record<string, Relation> {
  const found = (kind: (operation: Operation) => boolean, show: (operation: Operation) => Row): Rows => ({
    length: 0,
    at: () => undefined,
    byKey: (key) => {
      const operation = operations.get(key)
      return operation !== undefined && kind(operation) ? show(operation) : undefined
    },
  })
  return {
    'team/operations': (team) => found(({ kind }) => kind.endsWith(` ${textOf(team, 'id')}`), teamsOperation),
    'print/operations': () => found(({ kind }) => kind === 'print', printOperation),
    'print/printers': () => [],
    'driveItem/workbook': (item) =>
      textOf(item, 'name').endsWith('.xlsx') ? { id: item['id'], item } : undefined,
    'workbook/operations': () => found(({ kind }) => kind === 'workbook', workbookOperation),
  }
}

function printOperation({ id, status, started }: Operation): Row {
  return { id, createdDateTime: started, status: statusOf(status) }
}

/** An operation that has failed is answered like one that has not: 200, and the error in the body. */
function workbookOperation({ id, status, error }: Operation): Row {
  return {
    id,
    status: statusOf(status),
    ...(status === 'completed' && { resourceLocation: '' }),
    ...(error !== undefined && { error }),
  }
}

function statusOf(status: Operation['status']): string {
  return { notStarted: 'notStarted', inProgress: 'running', completed: 'succeeded', failed: 'failed' }[status]
}
