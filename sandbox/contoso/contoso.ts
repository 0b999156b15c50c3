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
import { Operations } from '../graph/operations'
import { createCalendars } from './calendar'
import { now } from './random'
import { activeUsers } from './reports'
import { Store } from './store'
import { taskRelations } from './tasks'
import { eventsBetween, remindersOf } from './window'
import { attachmentUpload } from './writes/attachment-upload'
import { directoryActions } from './writes/directory-actions'
import { directoryRules } from './writes/directory-rules'
import { fileActions } from './writes/file-actions'
import { fileStore } from './writes/file-content'
import { fileRules } from './writes/file-rules'
import { mailActions } from './writes/mail-actions'
import { operationRelations } from './writes/operation-relations'
import { outlookRules } from './writes/outlook-rules'
import { taskRules } from './writes/task-rules'
import { teamActions, teamRelations, teamRules } from './writes/team-actions'

export interface Contoso extends DataSource {
  /** The file that a download URL names by its drive and its id. */
  download(key: string): Downloadable | undefined
}

/** The whole company: its sets, and how its rows are related. */
export function createContoso(users: number, operations = new Operations()): Contoso {
  const store = new Store(users, operations)
  return {
    set: (name) => store.set(name),
    relations: {
      ...peopleRelations(store),
      ...outlookRelations(store),
      ...fileRelations(store),
      ...taskRelations(store),
      ...teamRelations(store),
      ...operationRelations(store),
    },
    actions: {
      ...directoryActions(store),
      ...mailActions(store),
      ...attachmentUpload(store),
      ...fileActions(store),
      ...teamActions(store),
    },
    rules: {
      ...directoryRules(store),
      ...outlookRules(store),
      ...fileRules(store),
      ...taskRules(store),
      ...teamRules(store),
    },
    functions: functionsOf(store),
    links: {
      'group/members': store.directory.members,
      'group/owners': store.directory.groupOwners,
      'application/owners': store.directory.applicationOwners,
      'user/manager': store.directory.managers,
    },
    tableOf: (row, type) => store.tableOf(row, type),
    files: fileStore(store),
    media: (row, bytes, contentType) => store.media(row, bytes, contentType),
    log: store.log,
    atPath: (row, path) => store.atPath(row, path),
    stream: (row) => store.stream(row),
    download: (key) => store.download(key),
  }
}

function peopleRelations(store: Store): Record<string, Relation> {
  const { people, directory } = store
  return {
    'user/manager': (user) => directory.managerOf(user),
    'user/directReports': (user) => directory.reportsOf(user),
    'user/memberOf': (user) => directory.groupsOf(user),
    'user/transitiveMemberOf': (user) => directory.transitiveGroupsOf(user),
    'group/memberOf': (group) => directory.groupsOf(group),
    'group/members': (group) => directory.members.of(group),
    'group/owners': (group) => directory.groupOwners.of(group),
    'group/transitiveMembers': (group) => directory.transitiveMembers(group),
    'orgContact/directReports': () => [],
    'orgContact/memberOf': () => [],
    'application/owners': (application) => directory.applicationOwners.of(application),
    'directory/deletedItems': () => directory.deletedItems(),
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
    'message/attachments': (message) =>
      attachmentsOf(message, store, () => store.mailboxOf(message)?.attachments.get(message['id']) ?? []),
    'event/attachments': (event) => attachmentsOf(event, store, () => []),
    'itemAttachment/item': (attachment) => attachment['item'] as Row | undefined,
    ...extensionRelations(store),
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

function attachmentsOf(item: Row, store: Store, base: () => readonly Row[]): Table {
  return store.collections.of(item, 'attachments', base, (owner) => ({
    complete: (_, number) => ({
      id: `${textOf(owner, 'id')}attachment${number}=`,
      lastModifiedDateTime: now(),
    }),
  }))
}

/** Open extensions: up to an application what it keeps there. */
function extensionRelations({ collections }: Store): Record<string, Relation> {
  const types = ['user', 'group', 'message', 'event', 'contact', 'todoTaskList', 'todoTask']
  return Object.fromEntries(
    types.map((type) => [`${type}/extensions`, (row: Row) => collections.of(row, 'extensions')]),
  )
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
    'site/lists': (site) => store.site(textOf(site, 'id'))?.listRows ?? [],
    'site/sites': (site) => (site['root'] === undefined ? [] : store.sites.slice(1).map(({ row }) => row)),
    'list/columns': (row) => store.list(row).columns,
    'list/items': (row) => store.list(row).items,
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
