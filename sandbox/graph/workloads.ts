import { shortName } from './rows'

/** The services behind Graph differ in defaults, limits and words; `open` is a plain OData v4 service. */
export type WorkloadName = 'directory' | 'exchange' | 'files' | 'planner' | 'open'

export interface Workload {
  readonly name: WorkloadName
  readonly pageSize: number
  readonly maximumPageSize: number
  /** What a `$top` above the maximum is met with. */
  readonly topAboveMaximum: 'error' | 'clamp'
  /** Outlook pages by `$skip`, the others by an opaque `$skiptoken`. */
  readonly link: 'skip' | 'skiptoken'
  readonly skip: boolean
  /** Plain OData: `$top` limits the whole collection. In Graph it is the size of a page. */
  readonly topIsLimit: boolean
}

const workloads: Readonly<Record<WorkloadName, Workload>> = {
  directory: {
    name: 'directory',
    pageSize: 100,
    maximumPageSize: 999,
    topAboveMaximum: 'error',
    link: 'skiptoken',
    skip: false,
    topIsLimit: false,
  },
  exchange: {
    name: 'exchange',
    pageSize: 10,
    maximumPageSize: 1000,
    topAboveMaximum: 'clamp',
    link: 'skip',
    skip: true,
    topIsLimit: false,
  },
  files: {
    name: 'files',
    pageSize: 200,
    maximumPageSize: 999,
    topAboveMaximum: 'clamp',
    link: 'skiptoken',
    skip: false,
    topIsLimit: false,
  },
  planner: {
    name: 'planner',
    pageSize: 200,
    maximumPageSize: 400,
    topAboveMaximum: 'clamp',
    link: 'skiptoken',
    skip: false,
    topIsLimit: false,
  },
  open: {
    name: 'open',
    pageSize: 20,
    maximumPageSize: 100,
    topAboveMaximum: 'clamp',
    link: 'skiptoken',
    skip: true,
    topIsLimit: true,
  },
}

/** Words are easier to read in lines than in columns. */
const words = (text: string): readonly string[] => text.split(' ')
const exchangeTypes = new Set(
  words(
    'message mailFolder attachment fileAttachment itemAttachment event reminder calendar contact profilePhoto ' +
      'todo todoTaskList todoTask checklistItem linkedResource extension openTypeExtension outlookItem',
  ),
)
const plannerTypes = new Set(words('planner plannerPlan plannerBucket plannerTask plannerTaskDetails'))
const fileTypes = new Set(words('drive driveItem site list listItem fieldValueSet columnDefinition'))

export function workloadOf(type: string): Workload {
  if (!type.startsWith('microsoft.graph.')) return workloads.open
  const name = shortName(type)
  if (exchangeTypes.has(name)) return workloads.exchange
  if (plannerTypes.has(name)) return workloads.planner
  return fileTypes.has(name) ? workloads.files : workloads.directory
}

/** What a directory object shows unless `$select` asks for more. */
const defaults: Readonly<Record<string, readonly string[]>> = {
  user: words(
    'businessPhones displayName givenName jobTitle mail mobilePhone officeLocation preferredLanguage ' +
      'surname userPrincipalName id',
  ),
  group: words(
    'id deletedDateTime classification createdDateTime description displayName groupTypes mail ' +
      'mailEnabled mailNickname membershipRule onPremisesSyncEnabled proxyAddresses renewedDateTime ' +
      'resourceProvisioningOptions securityEnabled visibility',
  ),
}

export function defaultSelection(type: string): readonly string[] | undefined {
  return defaults[shortName(type)]
}
