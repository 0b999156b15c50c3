import type { Row, Rows } from '../graph/rows'
import { ascii, departments, type People } from './people'
import { minutesAgo, Random } from './random'
import { apps, tenantDomain } from './tenant'

/** Security groups, Microsoft 365 groups and what else the directory holds beside people. */
export interface Directory {
  readonly groups: readonly Row[]
  readonly contacts: readonly Row[]
  readonly applications: readonly Row[]
  members(group: Row): Rows
  owners(group: Row): Row[]
  groupsOf(member: Row): Row[]
  transitiveGroupsOf(member: Row): Row[]
}

interface Group {
  readonly row: Row
  readonly members: Rows
}

export function createDirectory(people: People): Directory {
  const groups = createGroups(people)
  const byId = new Map(groups.map((group) => [group.row['id'], group]))
  const groupsOf = (member: Row): Row[] =>
    groups.filter((group) => includes(group.members, member, people)).map(({ row }) => row)
  const transitive = (member: Row, found = new Set<Row>()): Row[] => {
    for (const group of groupsOf(member)) {
      if (found.has(group)) continue
      found.add(group)
      transitive(group, found)
    }
    return [...found]
  }
  return {
    groups: groups.map(({ row }) => row),
    contacts: createContacts(),
    applications: createApplications(),
    members: (group) => byId.get(group['id'])?.members ?? [],
    owners: () => [people.at(1)].filter((row) => row !== undefined),
    groupsOf,
    transitiveGroupsOf: (member) => transitive(member),
  }
}

/** The group of all people holds them without a list of them. */
function includes(members: Rows, member: Row, people: People): boolean {
  if (members === people) return member['@odata.type'] === '#microsoft.graph.user'
  return Array.isArray(members) && members.some((row: Row) => row['id'] === member['id'])
}

function createGroups(people: People): Group[] {
  const everybody: Group = {
    row: group('All Company', 'Everybody at Contoso', 'microsoft365'),
    members: people,
  }
  const few = Array.from({ length: Math.min(people.length, 400) }, (_, index) => people.at(index))
  const staff = few.filter((row) => row !== undefined)
  const teams = departments.map((department) => ({
    row: group(department, `The ${department} department`, 'microsoft365'),
    members: staff.filter((row) => row['department'] === department),
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
    members: staff.filter((_, position) => position % (index + 3) === index % 3),
  }))
  const security = ['VPN Users', 'Licence Managers', 'Building 18 Access'].map((name, index) => ({
    row: group(`sec-${name}`, `Security group: ${name}`, 'security'),
    members: staff.filter((_, position) => position % (index + 2) === 0),
  }))
  const nested = {
    row: group('sec-All Departments', 'Holds the department groups', 'security'),
    members: teams.map(({ row }) => row),
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
