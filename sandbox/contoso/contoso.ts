import type { Downloadable } from '../graph/downloads'
import { textOf, type DataSource, type Parameters, type Relation, type Row, type Rows } from '../graph/rows'
import { createCalendars, createEvents, createPersonalContacts } from './calendar'
import { createDirectory, type Directory } from './directory'
import { createDrive, driveId, mimeType, type Drive } from './files'
import { createMailbox, type Mailbox } from './mailbox'
import { People } from './people'
import { photoOf } from './photo'
import { createSites, type List, type Site } from './sites'
import { demoAccounts } from './tenant'
import { eventsBetween } from './window'

export interface Contoso extends DataSource {
  /** The file that a download URL names by its drive and its id. */
  download(key: string): Downloadable | undefined
}

/** The whole company. What belongs to one person is made when it is first asked for. */
export function createContoso(users: number): Contoso {
  const people = new People(Math.max(users, demoAccounts.length))
  const directory = createDirectory(people)
  const sites = createSites(people)
  const store = new Store(people, directory, sites)
  return {
    set: (name) => store.set(name),
    relations: { ...peopleRelations(store), ...outlookRelations(store), ...fileRelations(store) },
    atPath: (row, path) => store.atPath(row, path),
    stream: (row) => store.stream(row),
    download: (key) => store.download(key),
  }
}

class Store {
  readonly #mailboxes = new Map<number, Mailbox>()
  readonly #events = new Map<number, readonly Row[]>()
  readonly #drives = new Map<string, Drive>()
  readonly lists: ReadonlyMap<unknown, List>

  constructor(
    readonly people: People,
    readonly directory: Directory,
    readonly sites: readonly Site[],
  ) {
    this.lists = new Map(sites.flatMap((site) => site.lists).map((list) => [list.row['id'], list]))
  }

  set(name: string): Rows | undefined {
    const { groups, contacts, applications } = this.directory
    switch (name) {
      case 'users':
        return this.people
      case 'groups':
        return groups
      case 'contacts':
        return contacts
      case 'applications':
        return applications
      case 'directoryObjects':
        return joined(this.people, [...groups, ...contacts, ...applications])
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

  indexOf(user: Row): number {
    return this.people.indexOf(textOf(user, 'id'))
  }

  mailbox(user: Row): Mailbox {
    const index = this.indexOf(user)
    return remembered(this.#mailboxes, index, () =>
      createMailbox(user, index, this.people, index < demoAccounts.length),
    )
  }

  /** The mailbox that a folder or message belongs to is known by the middle of its identifier. */
  mailboxOf(row: Row): Mailbox | undefined {
    const prefix = textOf(row, 'id').slice(0, 46)
    return [...this.#mailboxes.values()].find(({ folders }) => String(folders[0]?.['id']).startsWith(prefix))
  }

  events(user: Row): readonly Row[] {
    const index = this.indexOf(user)
    return remembered(this.#events, index, () => createEvents(user, index, this.people))
  }

  /** `root`, the identifier with its two commas, or the host's name alone. */
  site(key: string): Site | undefined {
    const [root] = this.sites
    if (key === 'root' || key === 'contoso.sharepoint.com') return root
    return this.sites.find(({ row }) => row['id'] === key)
  }

  driveOf(owner: Row): Drive {
    const id = textOf(owner, 'id')
    return remembered(this.#drives, driveId(id), () =>
      createDrive({
        id,
        displayName: textOf(owner, 'displayName'),
        webUrl:
          owner['webUrl'] === undefined
            ? `https://contoso-my.sharepoint.com/personal/${textOf(owner, 'mailNickname')}/Documents`
            : `${textOf(owner, 'webUrl')}/Shared%20Documents`,
        driveType: owner['webUrl'] === undefined ? 'business' : 'documentLibrary',
      }),
    )
  }

  /** Drives are made for their owner; before that, only those of the demo accounts and sites are known. */
  driveById(id: string): Drive | undefined {
    if (!this.#drives.has(id))
      for (const owner of [...this.shownOwners(), ...this.sites.map(({ row }) => row)]) this.driveOf(owner)
    return this.#drives.get(id)
  }

  driveOfItem(item: Row): Drive | undefined {
    const parent = item['parentReference'] as { driveId: string } | undefined
    return parent && this.driveById(parent.driveId)
  }

  children(item: Row): Row[] {
    const inside = (row: Row): boolean => (row['parentReference'] as { id?: string }).id === item['id']
    return this.driveOfItem(item)?.items.filter(inside) ?? []
  }

  atPath(row: Row, path: readonly string[]): Row | undefined {
    if (row['siteCollection'] !== undefined) {
      const end = `contoso.sharepoint.com/${path.join('/')}`.toLowerCase()
      return this.sites.find((site) => textOf(site.row, 'webUrl').toLowerCase().endsWith(end))?.row
    }
    let at: Row | undefined = row
    for (const name of path) {
      const wanted = name.toLowerCase()
      at = at && this.children(at).find((child) => textOf(child, 'name').toLowerCase() === wanted)
    }
    return at
  }

  stream(row: Row): { bytes: Buffer; contentType: string } | undefined {
    if (row['file'] !== undefined) {
      const bytes = this.driveOfItem(row)?.content.get(row)
      return bytes && { bytes, contentType: mimeType(textOf(row, 'name')) }
    }
    if (row['width'] !== undefined) return { bytes: photoOf(textOf(row, 'owner')), contentType: 'image/png' }
    if (typeof row['contentBytes'] === 'string')
      return { bytes: Buffer.from(row['contentBytes'], 'base64'), contentType: textOf(row, 'contentType') }
    return undefined
  }

  download(key: string): Downloadable | undefined {
    const slash = key.lastIndexOf('/')
    const drive = this.driveById(key.slice(0, slash))
    const item = drive?.items.find((row) => row['id'] === key.slice(slash + 1))
    const stream = item && this.stream(item)
    return stream && { ...stream, name: textOf(item, 'name') }
  }
}

function peopleRelations(store: Store): Record<string, Relation> {
  const { people, directory } = store
  return {
    'user/manager': (user) => people.managerOf(store.indexOf(user)),
    'user/directReports': (user) => people.reportsOf(store.indexOf(user)),
    'user/memberOf': (user) => directory.groupsOf(user),
    'user/transitiveMemberOf': (user) => directory.transitiveGroupsOf(user),
    'group/memberOf': (group) => directory.groupsOf(group),
    'group/members': (group) => directory.members(group),
    'group/owners': (group) => directory.owners(group),
    'group/transitiveMembers': (group) => {
      const members = directory.members(group)
      return group['displayName'] === 'sec-All Departments' && Array.isArray(members)
        ? members.flatMap((inner: Row) => [inner, ...(directory.members(inner) as Row[])])
        : members
    },
    'orgContact/directReports': () => [],
    'orgContact/memberOf': () => [],
    'application/owners': () => [people.at(1)].filter((row) => row !== undefined),
  }
}

function outlookRelations(store: Store): Record<string, Relation> {
  const folders = (rows: readonly Row[]): Rows =>
    aliased(rows, (key) =>
      rows.find((row) => row['id'] === key || row['wellKnownName'] === key.toLowerCase()),
    )
  const inWindow = (user: Row, parameters: Parameters): Rows => eventsBetween(store.events(user), parameters)
  const owner = (calendar: Row): Row =>
    store.people.byKey((calendar['owner'] as { address: string }).address) ?? {}
  const standard = (calendar: Row): boolean => calendar['isDefaultCalendar'] === true
  return {
    'user/messages': (user) => store.mailbox(user).messages,
    'user/mailFolders': (user) => {
      const all = store.mailbox(user).folders
      // Folders inside others are not listed, but can be named.
      const top = all.filter((row) => row['wellKnownName'] !== undefined)
      return aliased(top, (key) => folders(all).byKey?.(key))
    },
    'mailFolder/childFolders': (folder) =>
      folders(store.mailboxOf(folder)?.folders.filter((row) => row['parentFolderId'] === folder['id']) ?? []),
    'mailFolder/messages': (folder) =>
      store.mailboxOf(folder)?.messages.filter((row) => row['parentFolderId'] === folder['id']) ?? [],
    'message/attachments': (message) => store.mailboxOf(message)?.attachments.get(message['id']) ?? [],
    'user/events': (user) => store.events(user),
    'user/calendarView': inWindow,
    'user/calendar': (user) => createCalendars(user)[0],
    'user/calendars': (user) => createCalendars(user),
    'calendar/events': (calendar) => (standard(calendar) ? store.events(owner(calendar)) : []),
    'calendar/calendarView': (calendar, parameters) =>
      standard(calendar) ? inWindow(owner(calendar), parameters) : [],
    'event/calendar': (event) =>
      createCalendars(
        store.people.byKey(
          (event['organizer'] as { emailAddress: { address: string } }).emailAddress.address,
        ) ?? {},
      )[0],
    'user/contacts': (user) => createPersonalContacts(user, store.directory.contacts),
    'user/photo': (user) =>
      // As in any company, not everybody has a picture.
      store.indexOf(user) % 3 === 2 ? undefined : { id: '48X48', height: 48, width: 48, owner: user['id'] },
  }
}

function fileRelations(store: Store): Record<string, Relation> {
  const items = (drive: Row): Rows => {
    const all = store.driveById(textOf(drive, 'id'))?.items ?? []
    return aliased(all, (key) => (key === 'root' ? all[0] : all.find((row) => row['id'] === key)))
  }
  const list = (row: Row): List | undefined => store.lists.get(row['id'])
  const lists = (site: Row): Rows => {
    const rows = store.site(textOf(site, 'id'))?.lists.map(({ row }) => row) ?? []
    return aliased(rows, (key) => rows.find((row) => row['id'] === key || row['displayName'] === key))
  }
  return {
    'user/drive': (user) => store.driveOf(user).row,
    'user/drives': (user) => [store.driveOf(user).row],
    'group/drive': () => store.sites[1] && store.driveOf(store.sites[1].row).row,
    'group/sites': () => store.sites.slice(1, 2).map(({ row }) => row),
    'drive/root': (drive) => items(drive).at(0),
    'drive/items': items,
    'driveItem/children': (item) => store.children(item),
    'site/columns': (site) => store.site(textOf(site, 'id'))?.columns ?? [],
    'site/drive': (site) => store.driveOf(site).row,
    'site/drives': (site) => [store.driveOf(site).row],
    'site/lists': lists,
    'site/sites': (site) => (site['root'] === undefined ? [] : store.sites.slice(1).map(({ row }) => row)),
    'list/columns': (row) => list(row)?.columns ?? [],
    'list/items': (row) => list(row)?.items ?? [],
    'listItem/fields': (item) => item['fields'] as Row,
  }
}

/** Rows whose keys include aliases such as `inbox` and `root`. */
function aliased(rows: readonly Row[], byKey: (key: string) => Row | undefined): Rows {
  return { length: rows.length, at: (index) => rows[index], byKey }
}

function joined(first: People, second: readonly Row[]): Rows {
  return {
    length: first.length + second.length,
    at: (index) => (index < first.length ? first.at(index) : second[index - first.length]),
    byKey: (key) => first.byKey(key) ?? second.find((row) => row['id'] === key.toLowerCase()),
  }
}

function remembered<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
