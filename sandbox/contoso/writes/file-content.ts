import type { Content } from '../../graph/contents'
import { GraphError } from '../../graph/errors'
import type { Conflict, FilePlace, FileStore } from '../../graph/files'
import { textOf, type Row } from '../../graph/rows'
import { nameTaken, refuseBody } from '../../graph/write-errors'
import { mimeType, type Drive } from '../files'
import type { Store } from '../store'
import { childNamed, countChildren, freeName } from './file-rules'

/** Writing the bytes of files into drives. */
export function fileStore(store: Store): FileStore {
  const driveOf = ({ anchor }: FilePlace): Drive => {
    const drive = store.driveOfItem(anchor)
    if (drive === undefined) throw refuseBody('files', 'The item is in no drive.')
    return drive
  }
  const checkRoom = (place: FilePlace, size: number): void => {
    const { remaining } = driveOf(place).row['quota'] as { remaining: number }
    if (size > remaining) throw new GraphError(507, 'quotaLimitReached', 'Insufficient Space Available')
  }
  return {
    checkRoom,
    write: (place, content, conflict, facts = {}) => {
      checkRoom(place, content.size)
      const drive = driveOf(place)
      if (place.names.length === 0) return { row: replaced(place.anchor, content, drive), created: false }
      const parent = folderAt(place, store)
      const name = textOf(facts, 'name') || (place.names.at(-1) ?? '')
      const siblings = store.children(parent)
      const existing = childNamed(siblings, name)
      if (existing !== undefined && conflict === 'replace')
        return { row: replaced(existing, content, drive), created: false }
      const free = freeName(name, siblings, conflict as Exclude<Conflict, 'replace'>)
      const { fileSystemInfo } = facts
      const row = drive.items.create({
        ...siblings.kept?.given,
        name: free,
        ...(fileSystemInfo !== undefined && fileSystemInfo !== null && { fileSystemInfo }),
        ...fileFacts(free, content),
      })
      drive.content.set(row['id'], content)
      countChildren(parent, store)
      return { row, created: true }
    },
  }
}

function replaced(row: Row, content: Content, drive: Drive): Row {
  if (row['folder'] !== undefined) throw nameTaken('A folder has this name.')
  drive.content.set(row['id'], content)
  return drive.items.update(row, fileFacts(textOf(row, 'name'), content))
}

function fileFacts(name: string, { size, sha256 }: Content): Row {
  return { size, file: { mimeType: mimeType(name), hashes: { sha256Hash: sha256 } } }
}

/** The folder that a file goes to; those of the path that are missing are made on the way. */
function folderAt({ anchor, names }: FilePlace, store: Store): Row {
  let at = anchor
  for (const name of names.slice(0, -1)) {
    const children = store.children(at)
    const found = childNamed(children, name)
    if (found !== undefined && found['folder'] === undefined)
      throw nameTaken('A file has the name of the folder.')
    const drive = store.driveOfItem(at)
    const made =
      found ??
      drive?.items.create({
        ...children.kept?.given,
        name: freeName(name, children, 'fail'),
        folder: { childCount: 0 },
      })
    if (made === undefined) throw refuseBody('files', 'The item is in no drive.')
    if (found === undefined) countChildren(at, store)
    at = made
  }
  return at
}
