import { parameterText, type Action } from '../../graph/action-call'
import { noContent } from '../../graph/answer'
import { accepted } from '../../graph/operations'
import { textOf, type Row, type Rows } from '../../graph/rows'
import { locked, refuseBody } from '../../graph/write-errors'
import type { Store } from '../store'
import { conflictNamed } from '../../graph/files'
import { countChildren, folderOf, freeName } from './file-rules'

/** Copying, checking out and in, and sessions of a workbook. */
export function fileActions(store: Store): Record<string, Action> {
  return {
    'driveItem/copy': ({ row, parameters, request, setting }) => {
      const reference = parameters.get('parentreference') as { id?: string; path?: string } | undefined
      const drive = store.driveOfItem(row)
      const here = drive?.items.byKey(textOf((row['parentReference'] ?? {}) as Row, 'id'))
      const folder = reference === undefined || reference === null ? here : folderOf(reference, row, store)
      if (folder === undefined) throw refuseBody('files', 'The root of a drive cannot be copied.')
      const conflict = conflictNamed(request.options.parameters.get('@microsoft.graph.conflictbehavior'))
      const wanted = parameterText(parameters, 'name') ?? textOf(row, 'name')
      const { operations } = setting.control
      const id = operations.start('copy', () => {
        const siblings = store.children(folder)
        const name = freeName(wanted, siblings, conflict === 'rename' ? 'rename' : 'fail')
        return copyItem(row, name, folder, store)
      })
      return { answer: accepted({ Location: `${setting.storageOrigin()}/monitor/${id}` }) }
    },
    'driveItem/checkout': ({ row }) => {
      if (row['checkedOut'] === true) throw locked()
      store.driveOfItem(row)?.items.amend(row, { checkedOut: true })
      return { status: 204 }
    },
    'driveItem/checkin': ({ row }) => {
      if (row['checkedOut'] !== true) throw refuseBody('files', 'The item is not checked out.')
      store.driveOfItem(row)?.items.amend(row, { checkedOut: false })
      return { status: 204 }
    },
    'driveItem/permanentDelete': ({ row }) => {
      store.driveOfItem(row)?.items.delete(row)
      return { status: 204 }
    },
    // Without `respond-async` a session is there at once; with it there is an operation to ask after.
    'workbook/createSession': ({ parameters, request, setting }) => {
      const persistChanges = parameters.get('persistchanges')
      const session = (): Row => ({
        id: `cluster=local&session=${store.log.sequence}.${Date.now()}`,
        persistChanges,
      })
      if (!request.preferences.respondAsync) return { value: session(), status: 201 }
      const id = setting.control.operations.start('workbook', session)
      const { address } = request
      const workbook = address.slice(0, address.lastIndexOf('/'))
      return {
        answer: { ...noContent(), status: 202, headers: { Location: `${workbook}/operations/${id}` } },
      }
    },
  }
}

/** An item and everything below it, as new ones. */
function copyItem(row: Row, name: string, folder: Row, store: Store): Row {
  const siblings: Rows = store.children(folder)
  const drive = store.driveOfItem(folder)
  const source = store.driveOfItem(row)
  if (drive === undefined || source === undefined) throw refuseBody('files', 'The destination is not there.')
  const { file, folder: isFolder, size, fileSystemInfo } = row
  const made = drive.items.create({
    ...siblings.kept?.given,
    name,
    size,
    fileSystemInfo,
    ...(isFolder === undefined ? { file } : { folder: isFolder }),
  })
  const content = source.content.get(row['id'])
  if (content !== undefined) drive.content.set(made['id'], content)
  const children = source.items.rows(
    (child) => (child['parentReference'] as Row | undefined)?.['id'] === row['id'],
  )
  for (const child of children) copyItem(child, textOf(child, 'name'), made, store)
  countChildren(folder, store)
  return made
}
