import type { ChangeLog } from '../graph/change-log'
import { textOf, type Row } from '../graph/rows'
import { Table } from '../graph/table'
import type { People } from './people'
import { minutesAgo, now, Random } from './random'

export interface List {
  readonly row: Row
  readonly columns: Table
  readonly items: Table
}

export interface Site {
  readonly row: Row
  readonly columns: readonly Row[]
  readonly lists: readonly List[]
  /** The rows of all lists, also of those that come later. */
  readonly listRows: Table
}

const host = 'contoso.sharepoint.com'

export function createSites(people: People, log: ChangeLog): Site[] {
  const root = createSite('', 'Contoso', [], people, log)
  const team = createSite('sites/Operations', 'Operations', ['Projects', 'Inventory'], people, log)
  const sales = createSite('sites/Sales', 'Sales & Märkte', ['Projects'], people, log)
  return [root, team, sales]
}

type ColumnKind = 'text' | 'choice' | 'number' | 'currency' | 'dateTime' | 'boolean'

interface Column {
  readonly name: string
  readonly displayName: string
  readonly kind: ColumnKind
  readonly facet: object
  readonly indexed?: boolean
}

const title: Column = {
  name: 'Title',
  displayName: 'Title',
  kind: 'text',
  facet: { allowMultipleLines: false, maxLength: 255 },
  indexed: true,
}
const choice = (name: string, choices: readonly string[]): Column => ({
  name,
  displayName: name,
  kind: 'choice',
  facet: { allowTextEntry: false, choices, displayAs: 'dropDownMenu' },
  indexed: true,
})

/** A blank in a column's name becomes `_x0020_`: what SharePoint calls the internal name. */
const columns: Readonly<Record<string, readonly Column[]>> = {
  Projects: [
    title,
    choice('Status', ['Planned', 'Active', 'On hold', 'Done']),
    { name: 'Due_x0020_Date', displayName: 'Due Date', kind: 'dateTime', facet: { format: 'dateOnly' } },
    { name: 'Budget', displayName: 'Budget', kind: 'currency', facet: { locale: 'en-US' } },
    { name: 'Confidential', displayName: 'Confidential', kind: 'boolean', facet: {} },
    { name: 'Lead', displayName: 'Lead', kind: 'text', facet: { allowMultipleLines: false, maxLength: 255 } },
  ],
  Inventory: [
    title,
    { name: 'SKU', displayName: 'SKU', kind: 'text', facet: { maxLength: 20 }, indexed: true },
    choice('Category', ['Clothing', 'Shoes', 'Accessories']),
    {
      name: 'Quantity',
      displayName: 'Quantity',
      kind: 'number',
      facet: { decimalPlaces: 'none', minimum: 0 },
    },
    { name: 'Price', displayName: 'Price', kind: 'currency', facet: { locale: 'en-US' } },
    { name: 'Restocked', displayName: 'Restocked', kind: 'dateTime', facet: { format: 'dateTime' } },
  ],
}

type Fill = (random: Random, number: number, people: People) => Record<string, unknown>

const fills: Readonly<Record<string, Fill>> = {
  Projects: (random, number, people) => ({
    Title: `${random.pick(['Warehouse', 'Web shop', 'Store refit', 'Müllvermeidung', 'Training'])} ${number}`,
    Status: random.pick(['Planned', 'Active', 'On hold', 'Done']),
    Due_x0020_Date: minutesAgo(random.below(400_000) - 200_000),
    Budget: 1000 * (1 + random.below(250)),
    Confidential: random.chance(10),
    Lead: people.at(random.below(Math.min(people.length, 60)))?.['displayName'],
  }),
  Inventory: (random, number) => ({
    Title: random.pick(['Rain jacket', 'Wool cap', 'Running shoe', 'Rucksack', 'Sunglasses']),
    SKU: `CT-${1000 + number}`,
    Category: random.pick(['Clothing', 'Shoes', 'Accessories']),
    Quantity: random.below(400),
    Price: (995 + random.below(9000)) / 100,
    Restocked: minutesAgo(random.below(100_000)),
  }),
}

function createSite(
  path: string,
  displayName: string,
  lists: readonly string[],
  people: People,
  log: ChangeLog,
): Site {
  const random = new Random(`site ${path}`)
  const id = `${host},${random.guid()},${random.guid()}`
  const webUrl = `https://${host}${path === '' ? '' : `/${path}`}`
  const row: Row = {
    id,
    createdDateTime: minutesAgo(900_000),
    description: '',
    lastModifiedDateTime: minutesAgo(random.below(9000)),
    name: path.split('/').at(-1) ?? '',
    webUrl,
    displayName,
    isPersonalSite: false,
    ...(path === '' && { root: {} }),
    siteCollection: { hostname: host },
  }
  const made = lists.map((name) => {
    const random = new Random(`list ${id} ${name}`)
    return createList(listRow(id, webUrl, name, random), people, log, { name, random })
  })
  const listRows = new Table(
    log,
    made.map((list) => list.row),
    {
      names: (list) => [list['displayName']],
      complete: (values, number) => ({
        ...listRow(id, webUrl, textOf(values, 'displayName'), new Random(`list ${id} ${number}`)),
        createdDateTime: now(),
        lastModifiedDateTime: now(),
      }),
    },
  )
  return { row, columns: [columnRow(`${id} site`, title)], lists: made, listRows }
}

function listRow(siteId: string, siteUrl: string, name: string, random: Random): Row {
  const id = random.guid()
  const etag = `"${id},${random.below(90)}"`
  return {
    '@odata.etag': etag,
    id,
    createdDateTime: minutesAgo(800_000),
    description: '',
    eTag: etag,
    lastModifiedDateTime: minutesAgo(random.below(9000)),
    name,
    webUrl: `${siteUrl}/Lists/${encodeURIComponent(name)}`,
    displayName: name,
    parentReference: { siteId },
    list: { contentTypesEnabled: false, hidden: false, template: 'genericList' },
  }
}

interface ListContent {
  readonly name: string
  readonly random: Random
}

/** The items of a list: those of the demo data, or none. */
export function createList(row: Row, people: People, log: ChangeLog, content?: ListContent): List {
  const [id, webUrl] = [textOf(row, 'id'), textOf(row, 'webUrl')]
  const { siteId } = row['parentReference'] as { siteId: string }
  const { name = '', random = new Random(id) } = content ?? {}
  const fill = fills[name]
  const count = fill === undefined ? 0 : name === 'Inventory' ? 450 : 60
  const by = { user: { id: people.at(1)?.['id'], displayName: people.at(1)?.['displayName'] } }
  const item = (number: number, created: string, guid: string, fields: object): Row => {
    const etag = `"${guid},1"`
    const own = {
      '@odata.etag': etag,
      id: String(number),
      ContentType: 'Item',
      Created: created,
      Modified: created,
    }
    return {
      '@odata.etag': etag,
      id: String(number),
      createdDateTime: created,
      eTag: etag,
      lastModifiedDateTime: created,
      webUrl: `${webUrl}/${number}_.000`,
      createdBy: by,
      lastModifiedBy: by,
      parentReference: { siteId, id: new Random(`parent ${id}`).guid() },
      contentType: { id: '0x0100', name: 'Item' },
      fields: { ...own, ...fields },
    }
  }
  const made = Array.from({ length: count }, (_, index) => {
    const number = index + 1
    return item(number, minutesAgo(500_000 - number * 37), random.guid(), {
      ...fill?.(random, number, people),
    })
  })
  const items = new Table(log, made, {
    complete: (_, number) => item(count + number, now(), new Random(`item ${id} ${number}`).guid(), {}),
    revise: (changed) => ({
      ...changed,
      fields: {
        ...(changed['fields'] as Row),
        '@odata.etag': changed['@odata.etag'],
        Modified: changed['lastModifiedDateTime'],
      },
    }),
  })
  const given = (columns[name] ?? [title]).map((column) => columnRow(id, column))
  const columnRows = new Table(log, given, {
    complete: (values, number) => ({
      ...columnRow(`${id} ${number}`, {
        name: '',
        displayName: textOf(values, 'name'),
        kind: 'text',
        facet: {},
      }),
      text: undefined,
    }),
  })
  return { row, columns: columnRows, items }
}

function columnRow(owner: string, column: Column): Row {
  return {
    id: new Random(`column ${owner} ${column.name}`).guid(),
    columnGroup: 'Custom Columns',
    description: '',
    displayName: column.displayName,
    enforceUniqueValues: false,
    hidden: false,
    indexed: column.indexed === true,
    name: column.name,
    readOnly: false,
    required: column.name === 'Title',
    [column.kind]: column.facet,
  }
}
