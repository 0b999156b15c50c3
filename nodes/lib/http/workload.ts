import { decodedText } from '../decoded-text'
import { withoutQuery } from '../split-query'

/** What a request counts towards; the names are keys and mean nothing to anybody else. */
export interface Workload {
  /** `directory`, `files`, `outlook` ... */
  readonly name: string
  /** Undefined where the workload's limits are not each mailbox's own. */
  readonly mailbox?: string
}

/** First words under a user or a group that belong to the mailbox (Graph, "Outlook service limits"). */
const OUTLOOK = new Set([
  'messages',
  'mailfolders',
  'events',
  'calendar',
  'calendars',
  'calendargroups',
  'calendarview',
  'contacts',
  'contactfolders',
  'outlook',
  'inferenceclassification',
  'mailboxsettings',
  'sendmail',
  'findmeetingtimes',
  'reminderview',
  'getmailtips',
  'people',
  'conversations',
  'threads',
  'translateexchangeids',
])

const WORKLOADS: ReadonlyMap<string, string> = new Map([
  ['drive', 'files'],
  ['drives', 'files'],
  ['sites', 'files'],
  ['shares', 'files'],
  ['followedsites', 'files'],
  ['storage', 'files'],
  ['teams', 'teams'],
  ['teamwork', 'teams'],
  ['chats', 'teams'],
  ['joinedteams', 'teams'],
  ['appcatalogs', 'teams'],
  ['communications', 'communications'],
  ['onlinemeetings', 'communications'],
  ['presence', 'communications'],
  ['onenote', 'onenote'],
  ['planner', 'planner'],
  ['todo', 'todo'],
  ['insights', 'insights'],
  ['reports', 'reports'],
  ['auditlogs', 'audit'],
  ['identityprotection', 'protection'],
  ['identity', 'protection'],
  ['security', 'security'],
  ['education', 'education'],
  ['devicemanagement', 'intune'],
  ['deviceappmanagement', 'intune'],
  ['subscriptions', 'subscriptions'],
  ['search', 'search'],
  ['print', 'print'],
  ['external', 'external'],
])

const OWNERS = new Set(['users', 'groups'])

/**
 * Whose limits a path of Graph counts towards ("Microsoft Graph service-specific throttling limits").
 *
 * @param segments below the version, as `plainSegments` gives them.
 */
export function workloadOf(segments: readonly string[]): Workload {
  const [first = ''] = segments
  const keyed = /^(users|groups)\((.*)\)$/u.exec(first)
  if (first === 'me') return under('me', segments[1])
  if (keyed !== null) return under(keyed[2] ?? '', segments[1])
  if (OWNERS.has(first)) return under(segments[1] ?? '', segments[2])
  if (segments.some((segment) => segment === 'workbook')) return { name: 'excel' }
  return { name: WORKLOADS.get(nameOf(first)) ?? 'directory' }

  function under(owner: string, what = ''): Workload {
    const name = nameOf(what)
    if (OUTLOOK.has(name)) return { name: 'outlook', mailbox: owner.replace(/^'|'$/gu, '') }
    if (segments.some((segment) => segment === 'workbook')) return { name: 'excel' }
    return { name: WORKLOADS.get(name) ?? 'directory' }
  }
}

/** The path's segments in lower case, decoded; `['users', 'a@b', 'messages']`. */
export function plainSegments(path: string): string[] {
  return withoutQuery(path)
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => (segment.includes('%') ? decodedText(segment) : segment))
}

function nameOf(segment: string): string {
  return segment
    .split(/[(:]/u, 1)
    .join('')
    .replace(/^microsoft\.graph\./u, '')
}
