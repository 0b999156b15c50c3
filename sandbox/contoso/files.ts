import { createHash } from 'node:crypto'
import type { ChangeLog } from '../graph/change-log'
import { contentOf, Contents, type Content } from '../graph/contents'
import type { Row } from '../graph/rows'
import { Table } from '../graph/table'
import { minutesAgo, now, Random } from './random'

/** A drive with its items, the root first, and the content of the files by their ids. */
export interface Drive {
  readonly row: Row
  readonly items: Table
  readonly content: Contents
}

type Tree = { readonly [name: string]: string | Tree }

const rows = (lines: readonly (readonly (string | number)[])[]): string =>
  lines.map((line) => line.join(';')).join('\r\n')

/** What a drive of Contoso's holds; a text is a file's content. */
const tree: Tree = {
  Documents: {
    'Meeting notes.md': '# Meeting notes\n\n- Budget approved\n- Next review in Köln, 14 July\n',
    'Übersicht Verkauf.csv': rows([
      ['Monat', 'Umsatz', 'Region'],
      ['April', 120450, 'Köln'],
      ['Mai', 128880, 'Köln'],
      ['Mai', 99120, 'Zürich'],
    ]),
    "Ryan's Files": {
      'estimate%s.txt': 'Estimate: 12 days\n',
      'Break#Out.txt': 'Break-out rooms: 3 and 4\n',
    },
    Empty: {},
  },
  Reports: {
    'inventory.json': JSON.stringify([
      { sku: 'CT-1001', name: 'Rain jacket', stock: 42 },
      { sku: 'CT-1002', name: 'Wool cap', stock: 7 },
    ]),
    // Large enough to be read in ranges.
    'sensor-log.csv': rows(
      Array.from({ length: 20_000 }, (_, line) => [minutesAgo(line), 20 + (line % 7), 1013 - (line % 11)]),
    ),
  },
  'Welcome.txt': 'Welcome to your drive at Contoso.\n',
}

const mimeTypes: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  md: 'text/markdown',
  txt: 'text/plain',
}

export function mimeType(name: string): string {
  return mimeTypes[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
}

export function driveId(owner: string): string {
  return `b!${new Random(`drive ${owner}`).base64(64)}`
}

export interface DriveOwner {
  readonly id: string
  readonly displayName: string
  readonly webUrl: string
  readonly driveType: 'business' | 'documentLibrary'
}

export function createDrive(owner: DriveOwner, log: ChangeLog): Drive {
  const id = driveId(owner.id)
  const by = { user: { id: owner.id, displayName: owner.displayName } }
  const items: Row[] = []
  const content = new Map<unknown, Content>()

  /** Adds an item and everything below it; answers how large that is. */
  const add = (
    name: string,
    node: string | Tree,
    parent: { id: string; path: string } | undefined,
  ): number => {
    const path = parent === undefined ? '' : `${parent.path}/${name}`
    const itemId = newId(`item ${id} ${path}`)
    const random = new Random(`times ${id} ${path}`)
    const changed = minutesAgo(random.below(100_000))
    const created = minutesAgo(100_000 + random.below(100_000))
    const etag = `"{${random.guid().toUpperCase()}},${1 + random.below(9)}"`
    const position = items.length
    items.push({})
    const bytes = typeof node === 'string' ? Buffer.from(node) : undefined
    const size = bytes?.length ?? below(node as Tree, { id: itemId, path })
    const item: Row = {
      '@odata.etag': etag,
      id: itemId,
      createdDateTime: created,
      eTag: etag,
      cTag: `"c:${etag.slice(1)}`,
      lastModifiedDateTime: changed,
      name,
      webUrl: owner.webUrl + encodeURI(path),
      size,
      createdBy: by,
      lastModifiedBy: by,
      parentReference: {
        driveId: id,
        driveType: owner.driveType,
        ...(parent && { id: parent.id, path: `/drives/${id}/root:${parent.path}` }),
      },
      fileSystemInfo: { createdDateTime: created, lastModifiedDateTime: changed },
      ...(parent === undefined && { root: {} }),
      ...(bytes === undefined
        ? { folder: { childCount: Object.keys(node).length } }
        : { file: { mimeType: mimeType(name), hashes: { sha256Hash: sha256(bytes) } } }),
    }
    items[position] = item
    if (bytes !== undefined) content.set(itemId, contentOf(bytes))
    return size
  }
  const below = (node: Tree, parent: { id: string; path: string }): number =>
    Object.entries(node).reduce((size, [name, child]) => size + add(name, child, parent), 0)

  const used = add('root', tree, undefined)
  const total = 1_099_511_627_776
  const row: Row = {
    id,
    createdDateTime: minutesAgo(500_000),
    lastModifiedDateTime: minutesAgo(1000),
    description: '',
    name: owner.driveType === 'business' ? 'OneDrive' : 'Documents',
    webUrl: owner.webUrl,
    driveType: owner.driveType,
    createdBy: by,
    lastModifiedBy: by,
    owner: by,
    quota: { deleted: 0, remaining: total - used, state: 'normal', total, used },
  }
  const table: Table = new Table(log, items, {
    inside: (item) => table.rows((child) => parentOf(child).id === item['id']),
    complete: (values, number) => {
      const etag = `"{${new Random(`version ${id} ${number}`).guid().toUpperCase()}},1"`
      const time = now()
      return {
        '@odata.etag': etag,
        id: newId(`new ${id} ${number}`),
        createdDateTime: time,
        eTag: etag,
        cTag: `"c:${etag.slice(1)}`,
        lastModifiedDateTime: time,
        size: 0,
        createdBy: by,
        lastModifiedBy: by,
        parentReference: { driveId: id, driveType: owner.driveType, id: items[0]?.['id'] },
        fileSystemInfo: { createdDateTime: time, lastModifiedDateTime: time },
        ...(values['folder'] === undefined && { file: { mimeType: mimeType(String(values['name'])) } }),
      }
    },
  })
  return { row, items: table, content: new Contents(log, content) }
}

/** Where an item is: in which drive, in which folder. */
export function parentOf(item: Row): { readonly driveId?: string; readonly id?: string } {
  return (item['parentReference'] as object | undefined) ?? {}
}

function newId(seed: string): string {
  return `01${new Random(seed).base64(32).replaceAll(/[-_]/g, 'A').toUpperCase()}`
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').toUpperCase()
}
