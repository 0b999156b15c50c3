import { decodedText } from '../decoded-text.js'

/**
 * Names that look like a collection and are none in Graph's model: singletons and single-valued properties. (The
 * model itself says so, but a write must not wait for a download of several megabytes.)
 */
const SINGLE = new Set(
  `accessReviews analytics appCatalogs appHealthMetrics assignmentDefaults assignmentSettings auditLogs
  authenticationMethods axes batteryHealthMetrics bestPracticesMetrics cases categoryAxis communications
  conditionalAccess conditionalAccessSettings dataLabels descriptors deviceBootPerformanceMetrics
  deviceConfigurationDeviceStateSummaries fields identities installationOptions insights itemInsights labels
  lastSevenDays lifecycleWorkflows mailboxSettings majorGridlines microsoft365Apps minorGridlines policies
  privilegedAccess pronouns protectionScopes rebootAnalyticsMetrics reports reportSettings
  resourcePerformanceMetrics rights seriesAxis serviceProviderConstraints settings shiftPreferences solutions status
  teamsAppSettings tenantRelationships termsAndConditions triggers triggerTypes valueAxis virtualEvents whois
  workFromAnywhereMetrics workHoursAndLocations`
    .split(/\s+/u)
    .map((name) => name.toLowerCase()),
)

/** Collections whose names do not end with `s`. */
const COLLECTIONS = new Set(
  'calendarview children following memberof people timesoff transitivememberof'.split(' '),
)

/**
 * Whether a path leads to a whole collection: `users`, `groups/{id}/members`. By the names alone: a plural is one,
 * what follows it is a key. Unsure is no: then the service itself says what it thinks of it.
 *
 * @param path below the service's address, encoded, without a query.
 */
export function isCollectionPath(path: string): boolean {
  // OneDrive's paths by name: `root:/Reports`.
  if (/:(?:\/|$)/u.test(path)) return false
  let inCollection = false
  for (const segment of path.split('/')) {
    const name = decodedText(segment)
    if (name === '' || isCast(name) || isSubset(name)) continue
    inCollection = !inCollection && isCollectionName(name)
  }
  return inCollection
}

/** Where items of the same kind are created: the path without its last key. */
export function collectionOf(path: string): string {
  const withoutKey = path.replace(/\((?:[^()']|'(?:[^']|'')*')*\)$/u, '')
  return withoutKey === path ? path.replace(/\/[^/]*$/u, '') : withoutKey
}

/** A key by the name of its property: `applications(uniqueName='app-1')`. */
export interface NamedKey {
  readonly collection: string
  readonly property: string
  readonly value: string
}

/** Undefined where the path ends with any other kind of key. */
export function namedKeyOf(path: string): NamedKey | undefined {
  const last = decodedText(path.slice(path.lastIndexOf('/') + 1))
  const [, collection, property, quoted] = /^(\w+)\((\w+)='((?:[^']|'')*)'\)$/u.exec(last) ?? []
  if (collection === undefined || property === undefined || quoted === undefined) return undefined
  return { collection, property, value: quoted.replaceAll("''", "'") }
}

/** Only Microsoft's own are told apart from a key such as a domain's name. */
function isCast(segment: string): boolean {
  return /^microsoft(?:\.[a-z]\w*)+$/iu.test(segment)
}

/** Of a collection all, or what a filter leaves (OData 4.01 URL Conventions, 4.12 and 4.13). */
function isSubset(segment: string): boolean {
  return /^\$(?:each$|filter\b)/iu.test(segment)
}

function isCollectionName(segment: string): boolean {
  const name = segment.toLowerCase()
  if (SINGLE.has(name)) return false
  return COLLECTIONS.has(name) || /^[a-z]\w*s$/u.test(name)
}
