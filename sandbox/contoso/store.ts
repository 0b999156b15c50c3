import { ChangeLog } from '../graph/change-log'
import { contentOf, type Content } from '../graph/contents'
import type { Downloadable } from '../graph/downloads'
import { GraphError } from '../graph/errors'
import type { Operations } from '../graph/operations'
import { shortName, textOf, typeOf, type Row, type Rows } from '../graph/rows'
import { view, type Table } from '../graph/table'
import { createEvents, createPersonalContacts } from './calendar'
import { Directory } from './directory'
import { createDrive, driveId, mimeType, parentOf, type Drive } from './files'
import { createMailbox, type Mailbox } from './mailbox'
import { People } from './people'
import { photoOf } from './photo'
import { Collections } from './collections'
import { createList, createSites, type List, type Site } from './sites'
import { Planner } from './tasks'
import { teamsOf } from './writes/team-actions'
import { demoAccounts, tenantId, tenantName } from './tenant'

/** The tenant itself. */
const organization: Row = {
  '@odata.type': '#microsoft.graph.organization',
  id: tenantId,
  deletedDateTime: null,
  city: 'Redmond',
  countryLetterCode: 'US',
  createdDateTime: '2019-03-04T09:00:00Z',
  displayName: tenantName,
  tenantType: 'AAD',
}

/** They hold nothing themselves: what there is stands in what they lead to. */
const singletons = new Set(['directory', 'identityGovernance', 'planner', 'print', 'reports'])

/** What the company has, each part of it made when it is first asked for. */
export class Store {
  readonly log = new ChangeLog()
  readonly people: People
  readonly directory: Directory
  readonly sites: readonly Site[]
  readonly planner: Planner
  readonly collections = new Collections(this.log)
  readonly #lists: Map<unknown, List>
  /** Reports that somebody has asked for, by where they are downloaded. */
  readonly reports = new Map<string, Downloadable>()
  readonly #photos = new Map<string, { content: Content; contentType: string }>()
  readonly #mailboxes = new Map<string, Mailbox>()
  readonly #events = new Map<string, Table>()
  readonly #contacts = new Map<string, Table>()
  readonly #drives = new Map<string, Drive>()

  constructor(
    users: number,
    readonly operations: Operations,
  ) {
    this.people = new People(Math.max(users, demoAccounts.length))
    this.log.onReset(() => this.#photos.clear())
    this.directory = new Directory(this.people, this.log)
    this.sites = createSites(this.people, this.log)
    this.planner = new Planner(this, this.people.at(1))
    this.#lists = new Map(this.sites.flatMap((site) => site.lists).map((list) => [list.row['id'], list]))
  }

  set(name: string): Rows | undefined {
    return this.#sets[name]?.() ?? (singletons.has(name) ? [{}] : undefined)
  }

  readonly #sets: Readonly<Record<string, () => Rows>> = {
    users: () => this.directory.users,
    groups: () => this.directory.groups,
    contacts: () => this.directory.contacts,
    applications: () => this.directory.applications,
    organization: () => [organization],
    directoryObjects: () => this.directory.objects,
    teams: () => teamsOf(this),
    teamsTemplates: () => ['standard', 'educationClass', 'educationStaff'].map((id) => ({ id })),
    sites: () =>
      aliased(
        this.sites.map(({ row }) => row),
        (key) => this.site(key)?.row,
      ),
    drives: () =>
      aliased(
        [...this.shownOwners(), ...this.sites.map(({ row }) => row)].map((owner) => this.driveOf(owner).row),
        (key) => this.driveById(key)?.row,
      ),
  }

  /** The drives that a list of them shows: of the demo accounts, and of the sites. */
  shownOwners(): Row[] {
    return demoAccounts.map((_, index) => this.people.at(index)).filter((row) => row !== undefined)
  }

  /** -1 for somebody who came later. */
  indexOf(user: Row): number {
    return this.people.indexOf(textOf(user, 'id'))
  }

  mailbox(user: Row): Mailbox {
    return remembered(this.#mailboxes, textOf(user, 'id'), () => {
      const index = this.indexOf(user)
      const demo = index >= 0 && index < demoAccounts.length
      return createMailbox(user, index, this.people, demo, this.log)
    })
  }

  /** The mailbox that a folder or message belongs to is known by the middle of its identifier. */
  mailboxOf(row: Row): Mailbox | undefined {
    const prefix = textOf(row, 'id').slice(0, 46)
    return [...this.#mailboxes.values()].find(({ folders }) =>
      String(folders.base.at(0)?.['id']).startsWith(prefix),
    )
  }

  events(user: Row): Table {
    const make = (): Table => createEvents(user, this.indexOf(user), this.people, this.log)
    return remembered(this.#events, textOf(user, 'id'), make)
  }

  contacts(user: Row): Table {
    const make = (): Table => createPersonalContacts(user, this.directory.contacts.rows(), this.log)
    return remembered(this.#contacts, textOf(user, 'id'), make)
  }

  /** The list that items are kept for. */
  listOf(items: Table): List | undefined {
    return [...this.#lists.values()].find((list) => list.items === items)
  }

  ownerOfMessages(messages: Table): Row | undefined {
    const found = [...this.#mailboxes].find(([, box]) => box.messages === messages)
    return found && this.directory.users.byKey(found[0])
  }

  ownerOfEvents(events: Table): Row | undefined {
    const found = [...this.#events].find(([, table]) => table === events)
    return found && this.directory.users.byKey(found[0])
  }

  /** Where a message or an event is kept. */
  outlookTableOf(row: Row): Table | undefined {
    const id = textOf(row, 'id')
    const messages = [...this.#mailboxes.values()].map((box) => box.messages)
    return [...messages, ...this.#events.values()].find((table) => table.byKey(id) !== undefined)
  }

  /** Where a row is kept whose address does not lead through its collection. */
  tableOf(row: Row, type: string): Table | undefined {
    if (shortName(typeOf(row, type)) === 'driveItem') return this.driveOfItem(row)?.items
    return this.directory.tableOf(row)
  }

  /** A list that was made by a client is filled by clients. */
  list(row: Row): List {
    const known = this.#lists.get(row['id'])
    if (known !== undefined) return known
    const made = createList(row, this.people, this.log)
    this.#lists.set(row['id'], made)
    return made
  }

  /** `root`, the identifier with its two commas, or the host's name alone. */
  site(key: string): Site | undefined {
    const [root] = this.sites
    if (key === 'root' || key === 'contoso.sharepoint.com') return root
    return this.sites.find(({ row }) => row['id'] === key)
  }

  driveOf(owner: Row): Drive {
    const id = textOf(owner, 'id')
    const personal = owner['webUrl'] === undefined
    return remembered(this.#drives, driveId(id), () =>
      createDrive(
        {
          id,
          displayName: textOf(owner, 'displayName'),
          webUrl: personal
            ? `https://contoso-my.sharepoint.com/personal/${textOf(owner, 'mailNickname')}/Documents`
            : `${textOf(owner, 'webUrl')}/Shared%20Documents`,
          driveType: personal ? 'business' : 'documentLibrary',
        },
        this.log,
      ),
    )
  }

  /** Drives are made for their owner; before that, only those of the demo accounts and sites are known. */
  driveById(id: string): Drive | undefined {
    if (!this.#drives.has(id))
      for (const owner of [...this.shownOwners(), ...this.sites.map(({ row }) => row)]) this.driveOf(owner)
    return this.#drives.get(id)
  }

  driveOfItem(item: Row): Drive | undefined {
    return this.driveById(parentOf(item).driveId ?? '')
  }

  children(item: Row): Rows {
    const drive = this.driveOfItem(item)
    if (drive === undefined) return []
    const { path, ...parent } = item['parentReference'] as { path?: string }
    const below =
      path === undefined ? `/drives/${textOf(drive.row, 'id')}/root:` : `${path}/${textOf(item, 'name')}`
    const given = { parentReference: { ...parent, id: item['id'], path: below } }
    return view(drive.items, (row) => parentOf(row).id === item['id'], given)
  }

  /** Where the items below a folder are, after it has another name or place. */
  refreshPaths(folder: Row): void {
    const table = this.driveOfItem(folder)?.items
    const children = this.children(folder)
    for (let index = 0; index < children.length; index++) {
      const child = children.at(index)
      if (child === undefined || table === undefined) continue
      this.refreshPaths(table.amend(child, { parentReference: children.kept?.given['parentReference'] }))
    }
  }

  /** An item and everything below it. */
  within(item: Row): Row[] {
    const children = this.driveOfItem(item)?.items.rows((row) => parentOf(row).id === item['id']) ?? []
    return [item, ...children.flatMap((child) => this.within(child))]
  }

  atPath(row: Row, path: readonly string[]): Row | undefined {
    if (row['siteCollection'] !== undefined) {
      const end = `contoso.sharepoint.com/${path.join('/')}`.toLowerCase()
      return this.sites.find((site) => textOf(site.row, 'webUrl').toLowerCase().endsWith(end))?.row
    }
    let at: Row | undefined = row
    for (const name of path) {
      const wanted = name.toLowerCase()
      const children: Rows = at === undefined ? [] : this.children(at)
      at = Array.from({ length: children.length }, (_, index) => children.at(index)).find(
        (child) => child !== undefined && textOf(child, 'name').toLowerCase() === wanted,
      )
    }
    return at
  }

  stream(row: Row): { content: Content; contentType: string } | undefined {
    if (row['report'] !== undefined) return this.reports.get(`reports/${textOf(row, 'id')}`)
    if (row['file'] !== undefined) {
      const content = this.driveOfItem(row)?.content.get(row['id'])
      return content && { content, contentType: mimeType(textOf(row, 'name')) }
    }
    if (row['width'] !== undefined) {
      const owner = textOf(row, 'owner')
      return this.#photos.get(owner) ?? { content: contentOf(photoOf(owner)), contentType: 'image/png' }
    }
    if (typeof row['contentBytes'] === 'string')
      return {
        content: contentOf(Buffer.from(row['contentBytes'], 'base64')),
        contentType: textOf(row, 'contentType'),
      }
    return undefined
  }

  /** A photo is an image of at most 4 MB. */
  media(row: Row, bytes: Buffer, contentType: string): void {
    if (row['width'] === undefined || !contentType.startsWith('image/'))
      throw new GraphError(400, 'ImageNotValid', 'The content is not a picture.')
    this.#photos.set(textOf(row, 'owner'), { content: contentOf(bytes), contentType })
  }

  /** The file that a download URL names by its drive and its id. */
  download(key: string): Downloadable | undefined {
    const slash = key.lastIndexOf('/')
    const item = this.driveById(key.slice(0, slash))?.items.byKey(key.slice(slash + 1))
    const stream = item && this.stream(item)
    if (stream === undefined) return this.reports.get(key)
    return { ...stream, name: textOf(item ?? {}, 'name'), etag: textOf(item ?? {}, 'eTag') }
  }
}

/** Rows whose keys include aliases such as `inbox` and `root`. */
export function aliased(rows: readonly Row[], byKey: (key: string) => Row | undefined): Rows {
  return { length: rows.length, at: (index) => rows[index], byKey }
}

function remembered<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
