import type { ChangeLog } from '../graph/change-log'
import { Links } from '../graph/links'
import { textOf, type Row, type Rows } from '../graph/rows'
import { Table } from '../graph/table'
import { ascii, departments, type People } from './people'
import { minutesAgo, now, Random } from './random'
import { apps, tenantDomain } from './tenant'

/** People, security groups, Microsoft 365 groups and what else the directory holds, all of which can be written. */
export class Directory {
  readonly users: Table
  readonly groups: Table
  readonly contacts: Table
  readonly applications: Table
  readonly members: Links
  readonly groupOwners: Links
  readonly applicationOwners: Links
  readonly managers: Links
  /** `directoryObjects`: all of them in one collection. */
  readonly objects: Rows

  constructor(
    readonly people: People,
    readonly log: ChangeLog,
  ) {
    const made = createGroups(people)
    const memberIds = new Map(made.map(({ row, members }) => [row['id'], members]))
    const none = new Set<string>()
    this.users = new Table(log, people, {
      names: (row) => [textOf(row, 'userPrincipalName').toLowerCase()],
      complete: newUser,
    })
    this.groups = new Table(
      log,
      made.map(({ row }) => row),
      {
        complete: (values, number) => ({
          ...group(textOf(values, 'displayName'), null, 'microsoft365'),
          ...ids('group', number),
        }),
      },
    )
    this.contacts = new Table(log, createContacts(), { complete: (_, number) => ids('orgContact', number) })
    this.applications = new Table(log, createApplications(), {
      complete: (_, number) => ids('application', number),
    })
    this.objects = joined([this.users, this.groups, this.contacts, this.applications])
    // Megan owns whatever has an owner.
    const megan = new Set([textOf(people.at(1) ?? {}, 'id')])
    const find = (id: string): Row | undefined => this.objects.byKey?.(id)
    this.groupOwners = new Links(this.groups, 'owners', find, () => megan)
    this.applicationOwners = new Links(this.applications, 'owners', find, () => megan)
    this.managers = new Links(this.users, 'manager', find, (user) => new Set(managerIds(people, user)), true)
    this.members = new Links(
      this.groups,
      'members',
      (id) => this.objects.byKey?.(id),
      (row) => {
        const members = memberIds.get(row['id']) ?? none
        // The group of all people holds them without a list of them.
        return members === 'everybody' ? this.users : members
      },
    )
  }

  groupsOf(member: Row): Row[] {
    return this.groups.rows((row) => this.members.has(row, textOf(member, 'id')))
  }

  transitiveGroupsOf(member: Row, found = new Map<unknown, Row>()): Row[] {
    for (const row of this.groupsOf(member)) {
      if (found.has(row['id'])) continue
      found.set(row['id'], row)
      this.transitiveGroupsOf(row, found)
    }
    return [...found.values()]
  }

  transitiveMembers(group: Row): Rows {
    const members = this.members.of(group)
    if (!Array.isArray(members)) return members
    const groups = members.filter((inner: Row) => inner['@odata.type'] === '#microsoft.graph.group')
    return [...members, ...groups.flatMap((inner: Row) => this.members.of(inner) as Row[])]
  }

  managerOf(user: Row): Row | undefined {
    return this.managers.of(user).at(0)
  }

  reportsOf(manager: Row): Row[] {
    const { people, users, managers } = this
    const id = textOf(manager, 'id')
    const changed = managers.changedFor(id)
    const base = people
      .reportsOf(people.indexOf(id))
      .filter((row) => changed.get(textOf(row, 'id')) !== false)
    const further = [...changed].filter(([, present]) => present).map(([reporter]) => users.byKey(reporter))
    const all = new Map(
      [...base.map((row) => users.current(row)), ...further].map((row) => [row?.['id'], row]),
    )
    return [...all.values()].filter((row) => row !== undefined)
  }

  /** Deleted objects that can still be restored. */
  deletedItems(): Rows {
    const tables = [this.users, this.groups, this.applications, this.contacts]
    return tables.flatMap((table) => table.deleted())
  }

  tableOf(row: Row): Table | undefined {
    switch (row['@odata.type']) {
      case '#microsoft.graph.user':
        return this.users
      case '#microsoft.graph.group':
        return this.groups
      case '#microsoft.graph.application':
        return this.applications
      case '#microsoft.graph.orgContact':
        return this.contacts
      default:
        return undefined
    }
  }
}

function managerIds(people: People, user: Row): string[] {
  const manager = people.managerOf(people.indexOf(textOf(user, 'id')))
  return manager === undefined ? [] : [textOf(manager, 'id')]
}

function joined(parts: readonly Table[]): Rows {
  return {
    get length() {
      return parts.reduce((sum, { length }) => sum + length, 0)
    },
    get count() {
      return parts.reduce((sum, { count }) => sum + count, 0)
    },
    at: (index) => {
      let place = index
      for (const part of parts) {
        if (place < part.length) return part.at(place)
        place -= part.length
      }
      return undefined
    },
    byKey: (key) => {
      for (const part of parts) {
        const row = part.byKey(key)
        if (row !== undefined) return row
      }
      return undefined
    },
  }
}

function ids(type: string, number: number): Row {
  const id = new Random(`new ${type} ${number}`).guid()
  return { '@odata.type': `#microsoft.graph.${type}`, id, deletedDateTime: null, createdDateTime: now() }
}

function newUser(values: Row, number: number): Row {
  const mailNickname = ascii(textOf(values, 'displayName')) || `user${number}`
  return {
    businessPhones: [],
    userPrincipalName: `${mailNickname}@${tenantDomain}`,
    mailNickname,
    mail: null,
    accountEnabled: true,
    userType: 'Member',
    ...ids('user', number),
  }
}

interface Group {
  readonly row: Row
  readonly members: ReadonlySet<string> | 'everybody'
}

function createGroups(people: People): Group[] {
  const everybody: Group = {
    row: group('All Company', 'Everybody at Contoso', 'microsoft365'),
    members: 'everybody',
  }
  const few = Array.from({ length: Math.min(people.length, 400) }, (_, index) => people.at(index))
  const staff = few.filter((row) => row !== undefined)
  const idsOf = (rows: readonly Row[]): ReadonlySet<string> => new Set(rows.map((row) => textOf(row, 'id')))
  const teams = departments.map((department) => ({
    row: group(department, `The ${department} department`, 'microsoft365'),
    members: idsOf(staff.filter((row) => row['department'] === department)),
  }))
  const projects = [
    'Kvant',
    'Façade',
    'Über den Wolken',
    'Q4 Launch',
    'R&D (Berlin)',
    "Children's Range",
  ].map((name, index) => ({
    row: group(`Project ${name}`, null, 'microsoft365'),
    members: idsOf(staff.filter((_, position) => position % (index + 3) === index % 3)),
  }))
  const security = ['VPN Users', 'Licence Managers', 'Building 18 Access'].map((name, index) => ({
    row: group(`sec-${name}`, `Security group: ${name}`, 'security'),
    members: idsOf(staff.filter((_, position) => position % (index + 2) === 0)),
  }))
  const nested = {
    row: group('sec-All Departments', 'Holds the department groups', 'security'),
    members: idsOf(teams.map(({ row }) => row)),
  }
  return [everybody, ...teams, ...projects, ...security, nested]
}

function group(displayName: string, description: string | null, kind: 'microsoft365' | 'security'): Row {
  const random = new Random(`group ${displayName}`)
  const created = minutesAgo(60 * 24 * (200 + random.below(900)))
  const mailNickname = ascii(displayName)
  const mail = kind === 'security' ? null : `${mailNickname}@${tenantDomain}`
  return {
    '@odata.type': '#microsoft.graph.group',
    id: random.guid(),
    deletedDateTime: null,
    classification: null,
    createdDateTime: created,
    description,
    displayName,
    groupTypes: kind === 'security' ? [] : ['Unified'],
    mail,
    mailEnabled: mail !== null,
    mailNickname,
    membershipRule: null,
    onPremisesSyncEnabled: null,
    proxyAddresses: mail === null ? [] : [`SMTP:${mail}`],
    renewedDateTime: created,
    resourceProvisioningOptions: kind === 'security' ? [] : ['Team'],
    securityEnabled: kind === 'security',
    visibility: kind === 'security' ? null : 'Private',
    allowExternalSenders: false,
    isSubscribedByMail: true,
    unseenCount: random.below(20),
  }
}

function createContacts(): Row[] {
  const people = [
    ['Renée', 'Lefèvre', 'Fabrikam'],
    ['Jörg', 'Baumann', 'Northwind Traders'],
    ['Aoife', "O'Connor", 'Adventure Works'],
    ['Wei', 'Zhang', 'Litware'],
    ['Sigríður', 'Jónsdóttir', 'Tailspin Toys'],
  ] as const
  return people.map(([givenName, surname, companyName]) => {
    const random = new Random(`contact ${surname}`)
    const mail = `${ascii(givenName)}.${ascii(surname)}@${ascii(companyName).toLowerCase()}.example`
    return {
      '@odata.type': '#microsoft.graph.orgContact',
      id: random.guid(),
      deletedDateTime: null,
      companyName,
      department: random.pick(['Sales', 'Purchasing', 'Service']),
      displayName: `${givenName} ${surname}`,
      givenName,
      jobTitle: 'Account Manager',
      mail,
      mailNickname: ascii(surname),
      phones: [{ type: 'business', number: `+49 30 555 ${1000 + random.below(9000)}` }],
      proxyAddresses: [`SMTP:${mail}`],
      surname,
    }
  })
}

function createApplications(): Row[] {
  return Object.values(apps).map(({ clientId, displayName }) => ({
    '@odata.type': '#microsoft.graph.application',
    id: new Random(`application ${clientId}`).guid(),
    deletedDateTime: null,
    appId: clientId,
    createdDateTime: minutesAgo(60 * 24 * 300),
    description: null,
    displayName,
    identifierUris: [],
    publisherDomain: tenantDomain,
    signInAudience: 'AzureADMyOrg',
    tags: [],
    uniqueName: ascii(displayName),
  }))
}
