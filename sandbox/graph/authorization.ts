import type { Caller } from './authentication'
import { badRequest, forbidden } from './errors'
import type { ResourcePath, Step } from './path'
import { shortName } from './rows'
import { workloadOf } from './workloads'

/**
 * The permissions of which one opens an area. To a read, `.Read` of a name stands for `.ReadWrite`, too; a
 * write takes `.ReadWrite` only.
 */
interface Area {
  /** For an application, and for a user reading what is not their own. */
  readonly all: readonly string[]
  /** For a user reading their own. */
  readonly own: readonly string[]
  /** Opens only to a user what others have shared with them. */
  readonly shared?: readonly string[]
}

const directory = ['Directory.Read.All']
const areas = {
  users: {
    all: ['User.Read.All', 'User.ReadBasic.All', ...directory],
    own: ['User.Read'],
  },
  groups: { all: ['Group.Read.All', 'GroupMember.Read.All', ...directory], own: [] },
  orgContacts: { all: ['OrgContact.Read.All', ...directory], own: [] },
  applications: { all: ['Application.Read.All', ...directory], own: [] },
  organization: { all: ['Organization.Read.All', 'User.Read', ...directory], own: [] },
  objects: { all: ['User.Read.All', 'Group.Read.All', ...directory], own: [] },
  mail: { all: ['Mail.Read', 'Mail.ReadBasic.All'], own: ['Mail.ReadBasic'], shared: ['Mail.Read.Shared'] },
  calendars: { all: ['Calendars.Read'], own: ['Calendars.ReadBasic'], shared: ['Calendars.Read.Shared'] },
  contacts: { all: ['Contacts.Read'], own: [], shared: ['Contacts.Read.Shared'] },
  files: { all: ['Files.Read.All', 'Sites.Read.All'], own: ['Files.Read'] },
  reports: { all: ['Reports.Read.All'], own: [] },
  entitlements: { all: ['EntitlementManagement.Read.All'], own: [] },
  tasks: { all: ['Tasks.Read.All'], own: ['Tasks.Read'] },
  // Planner knows no mailbox: whoever is a member of a plan's group sees the plan.
  planner: { all: ['Tasks.Read', 'Tasks.Read.All', 'Group.Read.All'], own: [] },
  teams: { all: ['Team.ReadBasic.All', 'TeamSettings.Read.All', 'Group.Read.All', ...directory], own: [] },
  print: { all: ['Printer.Read.All', 'Printer.FullControl.All'], own: [] },
  sites: { all: ['Sites.Read.All', 'Sites.Manage.All', 'Sites.FullControl.All'], own: [] },
} as const satisfies Record<string, Area>

const byType: Readonly<Record<string, Area>> = {
  message: areas.mail,
  mailFolder: areas.mail,
  event: areas.calendars,
  reminder: areas.calendars,
  calendar: areas.calendars,
  contact: areas.contacts,
  todo: areas.tasks,
  todoTaskList: areas.tasks,
  todoTask: areas.tasks,
  checklistItem: areas.tasks,
  linkedResource: areas.tasks,
  planner: areas.planner,
  plannerUser: areas.planner,
  plannerPlan: areas.planner,
  plannerBucket: areas.planner,
  plannerTask: areas.planner,
  team: areas.teams,
  channel: areas.teams,
  teamsAsyncOperation: areas.teams,
  workbook: areas.files,
  workbookOperation: areas.files,
  drive: areas.files,
  driveItem: areas.files,
  site: areas.sites,
  list: areas.sites,
  listItem: areas.sites,
  fieldValueSet: areas.sites,
  columnDefinition: areas.sites,
}

const byRoot: Readonly<Record<string, Area>> = {
  me: areas.users,
  users: areas.users,
  groups: areas.groups,
  contacts: areas.orgContacts,
  applications: areas.applications,
  organization: areas.organization,
  directoryObjects: areas.objects,
  reports: areas.reports,
  directory: areas.objects,
  print: areas.print,
  teamsTemplates: areas.teams,
  identityGovernance: areas.entitlements,
}

/** Refuses a path that none of the caller's permissions opens, before any row is looked at. */
export function authorize(path: ResourcePath, caller: Caller, method = 'GET'): void {
  const [root, key] = path.steps
  const resource = resourceType(path.steps)
  const rootName = root?.kind === 'root' ? root.name : ''
  if (rootName === 'me' && caller.userId === undefined)
    throw badRequest('/me request is only valid with delegated authentication flow.')
  const area: Area = byType[shortName(resource)] ?? byRoot[rootName] ?? areas.users
  const own = isOwn(rootName, key, path.steps, caller)
  if (!granted(area, own, caller, needOf(path, method))) throw forbidden(workloadOf(resource).name)
}

type Need = 'read' | 'write' | 'send'

const sending = new Set(['sendMail', 'send', 'reply', 'replyAll', 'forward'])
/** Actions that only look something up. */
const looking = /^(?:check|get|validate)/

function needOf({ steps }: ResourcePath, method: string): Need {
  const last = steps.at(-1)
  if (method === 'GET') return 'read'
  if (last?.kind !== 'action') return 'write'
  const { name, binding } = last.overload
  if (sending.has(name) && binding.type !== 'microsoft.graph.event') return 'send'
  return looking.test(name) ? 'read' : 'write'
}

function granted(area: Area, own: boolean, caller: Caller, need: Need): boolean {
  const isShared = caller.userId !== undefined && !own
  if (need === 'send') return holdsAny([isShared ? 'Mail.Send.Shared' : 'Mail.Send'], caller, need)
  // A user's Mail.Read opens the own mailbox only; another's takes the shared permission.
  if (isShared && area.shared !== undefined) return holdsAny(area.shared, caller, need)
  return holdsAny([...area.all, ...(own ? area.own : [])], caller, need)
}

function holdsAny(names: readonly string[], { permissions }: Caller, need: Need): boolean {
  return names.some((name) => {
    const writing = name.replace(/\.Read(?:Basic)?(?=\.|$)/, '.ReadWrite')
    return permissions.has(writing) || (need !== 'write' && permissions.has(name))
  })
}

/** These belong to the mail, event or user that they are a part of. */
const parts = new Set(['attachment', 'extension', 'outlookItem'])

/** The type of the entity a path is about: that of the last entity, whatever property of it is read. */
function resourceType(steps: readonly Step[]): string {
  let type = ''
  for (const step of steps) {
    if (step.kind === 'root' || step.kind === 'cast') type = step.type
    else if (step.kind === 'navigation' && !parts.has(shortName(step.property.type)))
      type = step.property.type
    else if (step.kind === 'function') type = step.overload.returns.type
  }
  return type
}

function isOwn(rootName: string, key: Step | undefined, steps: readonly Step[], caller: Caller): boolean {
  const { userId, userPrincipalName } = caller
  if (userId === undefined) return false
  // Who somebody's manager and reports are takes User.Read.All even for oneself.
  const others = new Set(['manager', 'directReports'])
  if (steps.some((step) => step.kind === 'navigation' && others.has(step.property.name))) return false
  if (rootName === 'me') return true
  if (rootName !== 'users' || key?.kind !== 'key') return false
  const value = key.value.toLowerCase()
  return value === userId.toLowerCase() || value === userPrincipalName?.toLowerCase()
}
