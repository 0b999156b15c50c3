import type { Downloadable } from '../graph/downloads'
import {
  textOf,
  type Call,
  type DataSource,
  type Parameters,
  type Relation,
  type Row,
  type Rows,
} from '../graph/rows'
import { view, type Table } from '../graph/table'
import { createCalendars } from './calendar'
import { activeUsers } from './reports'
import type { List } from './sites'
import { aliased, Store } from './store'
import { eventsBetween, remindersOf } from './window'

export interface Contoso extends DataSource {
  /** The file that a download URL names by its drive and its id. */
  download(key: string): Downloadable | undefined
}

/** The whole company: its sets, and how its rows are related. */
export function createContoso(users: number): Contoso {
  const store = new Store(users)
  return {
    set: (name) => store.set(name),
    relations: { ...peopleRelations(store), ...outlookRelations(store), ...fileRelations(store) },
    functions: functionsOf(store),
    links: { 'group/members': store.directory.members },
    log: store.log,
    atPath: (row, path) => store.atPath(row, path),
    stream: (row) => store.stream(row),
    download: (key) => store.download(key),
  }
}

function peopleRelations(store: Store): Record<string, Relation> {
  const { people, directory } = store
  const { users } = directory
  return {
    'user/manager': (user) => users.current(people.managerOf(store.indexOf(user))),
    'user/directReports': (user) =>
      people
        .reportsOf(store.indexOf(user))
        .map((row) => users.current(row))
        .filter((row) => row !== undefined),
    'user/memberOf': (user) => directory.groupsOf(user),
    'user/transitiveMemberOf': (user) => directory.transitiveGroupsOf(user),
    'group/memberOf': (group) => directory.groupsOf(group),
    'group/members': (group) => directory.members.of(group),
    'group/owners': () => directory.owners(),
    'group/transitiveMembers': (group) => directory.transitiveMembers(group),
    'orgContact/directReports': () => [],
    'orgContact/memberOf': () => [],
    'application/owners': () => directory.owners(),
    'identityGovernance/entitlementManagement': () => ({ id: 'entitlementManagement' }),
    // Each demo account has been given one package, by the second of them.
    'entitlementManagement/assignments': () =>
      store.shownOwners().map((row) => ({
        id: `assignment-${textOf(row, 'id')}`,
        status: 'Delivered',
        target: row['id'],
        createdBy: people.at(1)?.['id'],
      })),
  }
}

function outlookRelations(store: Store): Record<string, Relation> {
  const inWindow = (user: Row, parameters: Parameters): Rows => eventsBetween(store.events(user), parameters)
  const owner = (calendar: Row): Row =>
    store.directory.users.byKey((calendar['owner'] as { address: string }).address) ?? {}
  const standard = (calendar: Row): boolean => calendar['isDefaultCalendar'] === true
  return {
    'user/messages': (user) => store.mailbox(user).messages,
    'user/mailFolders': (user) => {
      const { folders } = store.mailbox(user)
      // Folders inside others are not listed, but can be named.
      const top = folders.base.at(0)?.['parentFolderId']
      const isTop = (row: Row): boolean => row['parentFolderId'] === top
      return view(folders, isTop, { parentFolderId: top }, (key) => folders.byKey(key))
    },
    'mailFolder/childFolders': (folder) => inside(folder, store.mailboxOf(folder)?.folders),
    'mailFolder/messages': (folder) => inside(folder, store.mailboxOf(folder)?.messages),
    'message/attachments': (message) => store.mailboxOf(message)?.attachments.get(message['id']) ?? [],
    'user/events': (user) => store.events(user),
    'user/calendarView': inWindow,
    'user/calendar': (user) => createCalendars(user)[0],
    'user/calendars': (user) => createCalendars(user),
    'calendar/events': (calendar) => (standard(calendar) ? store.events(owner(calendar)) : []),
    'calendar/calendarView': (calendar, parameters) =>
      standard(calendar) ? inWindow(owner(calendar), parameters) : [],
    'event/calendar': (event) => {
      const { emailAddress } = event['organizer'] as { emailAddress: { address: string } }
      return createCalendars(store.directory.users.byKey(emailAddress.address) ?? {})[0]
    },
    'user/contacts': (user) => store.contacts(user),
    'user/photo': (user) =>
      // As in any company, not everybody has a picture.
      store.indexOf(user) % 3 === 2 ? undefined : { id: '48X48', height: 48, width: 48, owner: user['id'] },
  }
}

function inside(folder: Row, table: Table | undefined): Rows {
  const { id } = folder
  return table === undefined ? [] : view(table, (row) => row['parentFolderId'] === id, { parentFolderId: id })
}

function fileRelations(store: Store): Record<string, Relation> {
  const items = (drive: Row): Rows => {
    const all = store.driveById(textOf(drive, 'id'))?.items
    if (all === undefined) return []
    return view(
      all,
      () => true,
      {},
      (key) => (key === 'root' ? all.at(0) : all.byKey(key)),
    )
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
    'drive/root': (drive) => store.driveById(textOf(drive, 'id'))?.items.at(0),
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

function functionsOf(store: Store): Record<string, (call: Call) => Rows | Row | undefined> {
  const search = (root: Row | undefined, parameters: Parameters): Row[] => {
    const wanted = (parameters.get('q') ?? '').toLowerCase()
    const found = root === undefined ? [] : store.within(root).slice(1)
    return found.filter((row) => textOf(row, 'name').toLowerCase().includes(wanted))
  }
  return {
    'accessPackageAssignment/filterByCurrentUser': ({ rows, arguments: given, userId }) =>
      (rows as Row[]).filter((row) => row[given.get('on') ?? ''] === userId),
    'drive/search': ({ row, arguments: given }) =>
      search(store.driveById(textOf(row, 'id'))?.items.at(0), given),
    // A drive is followed as a whole: OneDrive for business knows no delta of a folder.
    'driveItem/delta': ({ row }) => (row['root'] === undefined ? [] : store.driveOfItem(row)?.items),
    'driveItem/search': ({ row, arguments: given }) => search(row, given),
    'reportRoot/getOffice365ActiveUserDetail': ({ arguments: given }) =>
      activeUsers(store.shownOwners(), given, store.reports),
    'site/getByPath': ({ row, arguments: given }) =>
      store.atPath(
        row,
        (given.get('path') ?? '').split('/').filter((name) => name !== ''),
      ),
    'user/reminderView': ({ row, arguments: given }) => remindersOf(store.events(row), given),
  }
}
