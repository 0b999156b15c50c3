import type { Row, Rows } from '../graph/rows'
import { minutesAgo, Random } from './random'
import { demoAccounts, tenantDomain, tenantName } from './tenant'

const givenNames =
  'Adèle Ahmed Aisha Ana Anders Anja Björn Carlos Chloé Daniel Elif Emma Fátima François Grace Hana Hiroshi Inês Jakub Jürgen Kwame Lars Leïla Liam Łukasz María Mateo Mei Nadia Noah Olivia Priya Ravi René Sofía Søren Thomas Yuki Zofia Žana'.split(
    ' ',
  )
const surnames =
  'Andersson Bauer Çelik Chen Costa Dubois Eriksen Fernández García Großmann Hansen Ito Ivanova Jensen Kim Kowalska Lefèvre Mensah Müller Novák Nuñez O’Brien Okafor Østergård Patel Pérez Petrović Rossi Sánchez Schmidt Silva Smith Šimek Tanaka Thompson Vogel Wang Weiß Williams Yılmaz Zieliński'.split(
    ' ',
  )
const titles = {
  Engineering: ['Software Engineer', 'Test Engineer', 'Engineering Manager'],
  Finance: ['Accountant', 'Controller', 'Finance Manager'],
  HR: ['HR Partner', 'Recruiter', 'HR Manager'],
  IT: ['Systems Administrator', 'Service Desk Analyst', 'IT Manager'],
  Legal: ['Paralegal', 'Counsel', 'General Counsel'],
  Marketing: ['Marketing Assistant', 'Designer', 'Marketing Manager'],
  Operations: ['Logistics Planner', 'Buyer', 'Plant Manager'],
  Retail: ['Store Assistant', 'Planner', 'Retail Manager'],
  Sales: ['Sales Representative', 'Account Manager', 'Sales Manager'],
} as const
export const departments = Object.keys(titles) as (keyof typeof titles)[]
const cities = [
  { city: 'Berlin', country: 'Germany', language: 'de-DE', location: 'DE', phone: '+49 30' },
  { city: 'København', country: 'Denmark', language: 'da-DK', location: 'DK', phone: '+45 33' },
  { city: 'Madrid', country: 'Spain', language: 'es-ES', location: 'ES', phone: '+34 91' },
  { city: 'Seattle', country: 'United States', language: 'en-US', location: 'US', phone: '+1 206' },
  { city: '東京', country: 'Japan', language: 'ja-JP', location: 'JP', phone: '+81 3' },
] as const
const reportsPerManager = 8

/** ö becomes o, and what has no plain letter inside it is left out. */
export function ascii(text: string): string {
  const plain = text.replaceAll('ß', 'ss').replaceAll('Ł', 'L').replaceAll('ł', 'l').replaceAll('ı', 'i')
  return plain
    .replaceAll(/[øØ]/g, 'o')
    .normalize('NFD')
    .replaceAll(/[^a-zA-Z0-9.]/g, '')
}

/** Written down once: to format a date for each of many users took a third of their page's time. */
const joiningDays = Array.from({ length: 2000 }, (_, day) => minutesAgo(60 * 24 * (30 + day)))
const plainGivenNames = givenNames.map(ascii)
const plainSurnames = surnames.map(ascii)

/** The number of a user is part of the id: a hundred thousand of them need no index. */
const idPrefix = demoAccounts[0]?.id.slice(0, 24) ?? ''

export function userId(index: number): string {
  return idPrefix + String(index + 1).padStart(12, '0')
}

export class People implements Rows {
  #byName: Map<string, number> | undefined

  constructor(readonly length: number) {}

  /** Users are made when they are asked for, always the same for one index. */
  at(index: number): Row | undefined {
    return index >= 0 && index < this.length ? makeUser(index) : undefined
  }

  byKey(key: string): Row | undefined {
    return this.at(this.indexOf(key))
  }

  /** By object id or userPrincipalName, in any case; -1 if there is none. */
  indexOf(key: string): number {
    const name = key.toLowerCase()
    if (name.startsWith(idPrefix) && /^\d{12}$/.test(name.slice(24))) return Number(name.slice(24)) - 1
    this.#byName ??= new Map(
      Array.from({ length: this.length }, (_, index) => [nickname(index).toLowerCase(), index]),
    )
    const [local = '', domain] = name.split('@')
    return domain === tenantDomain ? (this.#byName.get(local) ?? -1) : -1
  }

  /** Each manager has eight reports; the first account is at the top. */
  managerOf(index: number): Row | undefined {
    return index < 1 ? undefined : this.at(Math.floor((index - 1) / reportsPerManager))
  }

  reportsOf(index: number): Row[] {
    const first = index * reportsPerManager + 1
    const rows = Array.from({ length: index < 0 ? 0 : reportsPerManager }, (_, place) =>
      this.at(first + place),
    )
    return rows.filter((row) => row !== undefined)
  }
}

/** Walks through all pairs of names before one comes again, then adds a number. */
function nameOf(index: number): { givenName: string; surname: string; plain: string } {
  const pairs = givenNames.length * surnames.length
  const mixed = (index * 1013) % pairs
  const given = mixed % givenNames.length
  const last = Math.floor(mixed / givenNames.length)
  const round = Math.floor(index / pairs)
  return {
    givenName: givenNames[given] ?? '',
    surname: surnames[last] ?? '',
    plain: `${plainGivenNames[given]}.${plainSurnames[last]}${round === 0 ? '' : round + 1}`,
  }
}

function nickname(index: number): string {
  return demoAccounts[index]?.userPrincipalName.split('@')[0] ?? nameOf(index).plain
}

function makeUser(index: number): Row {
  const account = demoAccounts[index]
  const random = new Random(index * 7919 + 17)
  const { givenName, surname } = account ?? nameOf(index)
  const department = random.pick(departments as [keyof typeof titles, ...(keyof typeof titles)[]])
  const place = cities[random.below(cities.length)] ?? cities[0]
  const mailNickname = nickname(index)
  const userPrincipalName = account?.userPrincipalName ?? `${mailNickname}@${tenantDomain}`
  const phone = `${place.phone} 555 ${String(1000 + random.below(9000))}`
  const building = 1 + random.below(30)
  return {
    '@odata.type': '#microsoft.graph.user',
    businessPhones: [phone],
    displayName: `${givenName} ${surname}`,
    givenName,
    jobTitle: account?.jobTitle ?? random.pick(titles[department]),
    mail: userPrincipalName,
    mobilePhone: random.chance(60) ? phone : null,
    officeLocation: `${building}/${building * 100 + random.below(99)}`,
    preferredLanguage: place.language,
    surname,
    userPrincipalName,
    id: userId(index),
    ...furtherProperties(index, random, place, userPrincipalName),
    department: account?.department ?? department,
    accountEnabled: account !== undefined || index % 29 !== 28,
    mailNickname,
  }
}

type Place = (typeof cities)[number]

/** What a user shows only where `$select` asks for it. */
function furtherProperties(index: number, random: Random, place: Place, userPrincipalName: string): Row {
  const guest = index >= demoAccounts.length && index % 41 === 40
  return {
    assignedLicenses: random.chance(85)
      ? [{ disabledPlans: [], skuId: '05e9a617-0261-4cee-bb44-138d3ef5d965' }]
      : [],
    city: place.city,
    companyName: guest ? 'Fabrikam' : tenantName,
    country: place.country,
    createdDateTime: joiningDays[random.below(joiningDays.length)],
    employeeId: String(100000 + index),
    employeeType: guest ? 'Contractor' : 'Employee',
    imAddresses: [userPrincipalName.toLowerCase()],
    onPremisesExtensionAttributes: {
      extensionAttribute1: `CC${String(random.below(90) + 10)}`,
      extensionAttribute2: null,
      extensionAttribute3: null,
    },
    otherMails: [],
    proxyAddresses: [`SMTP:${userPrincipalName}`],
    usageLocation: place.location,
    userType: guest ? 'Guest' : 'Member',
  }
}
