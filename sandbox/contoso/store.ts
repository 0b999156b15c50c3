import { ChangeLog } from '../graph/change-log'
import type { Downloadable } from '../graph/downloads'
import { textOf, type Row, type Rows } from '../graph/rows'
import { view, type Table } from '../graph/table'
import { createEvents, createPersonalContacts } from './calendar'
import { Directory } from './directory'
import { createDrive, driveId, mimeType, parentOf, type Drive } from './files'
import { createMailbox, type Mailbox } from './mailbox'
import { People } from './people'
import { photoOf } from './photo'
import { createSites, type List, type Site } from './sites'
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

/** What the company has, each part of it made when it is first asked for. */
export class Store {
  readonly log = new ChangeLog()
  readonly people: People
  readonly directory: Directory
  readonly sites: readonly Site[]
  readonly lists: ReadonlyMap<unknown, List>
  /** Reports that somebody has asked for, by where they are downloaded. */
  readonly reports = new Map<string, Downloadable>()
  readonly #mailboxes = new Map<string, Mailbox>()
  readonly #events = new Map<string, Table>()
  readonly #contacts = new Map<string, Table>()
  readonly #drives = new Map<string, Drive>()

  constructor(users: number) {
    this.people = new People(Math.max(users, demoAccounts.length))
    this.directory = new Directory(this.people, this.log)
    this.sites = createSites(this.people, this.log)
    this.lists = new Map(this.sites.flatMap((site) => site.lists).map((list) => [list.row['id'], list]))
  }

  set(name: string): Rows | undefined {
    const { users, groups, contacts, applications, objects } = this.directory
    switch (name) {
      case 'users':
        return users
      case 'groups':
        return groups
      case 'contacts':
        return contacts
      case 'applications':
        return applications
      case 'organization':
        return [organization]
      case 'directoryObjects':
        return objects
      case 'identityGovernance':
      case 'reports':
        return [{}]
      case 'sites':
        return aliased(
          this.sites.map(({ row }) => row),
          (key) => this.site(key)?.row,
        )
      case 'drives':
        return aliased(
          [...this.shownOwners(), ...this.sites.map(({ row }) => row)].map(
            (owner) => this.driveOf(owner).row,
          ),
          (key) => this.driveById(key)?.row,
        )
      default:
        return undefined
    }
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

  stream(row: Row): { bytes: Buffer; contentType: string } | undefined {
    if (row['report'] !== undefined) return this.reports.get(`reports/${textOf(row, 'id')}`)
    if (row['file'] !== undefined) {
      const bytes = this.driveOfItem(row)?.content.get(row['id'])
      return bytes && { bytes, contentType: mimeType(textOf(row, 'name')) }
    }
    if (row['width'] !== undefined) return { bytes: photoOf(textOf(row, 'owner')), contentType: 'image/png' }
    if (typeof row['contentBytes'] === 'string')
      return { bytes: Buffer.from(row['contentBytes'], 'base64'), contentType: textOf(row, 'contentType') }
    return undefined
  }

  /** The file that a download URL names by its drive and its id. */
  download(key: string): Downloadable | undefined {
    const slash = key.lastIndexOf('/')
    const item = this.driveById(key.slice(0, slash))?.items.byKey(key.slice(slash + 1))
    const stream = item && this.stream(item)
    return stream === undefined ? this.reports.get(key) : { ...stream, name: textOf(item ?? {}, 'name') }
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
