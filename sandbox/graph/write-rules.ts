import type { EntityBody } from './entity-body'
import { shortName, type Row, type Rows } from './rows'
import { refuseProperty } from './write-errors'
import { workloadOf } from './workloads'
import type { Answer } from './answer'
import type { References } from './references'
import type { Via } from './walk'
import type { WriteSetting } from './write-request'

/** A row that is about to be made. */
export interface Draft {
  readonly body: EntityBody
  /** The collection it goes to, and whose that is. */
  readonly rows: Rows
  readonly via: Via | undefined
  readonly userId: string | undefined
}

/** A row that is about to be changed. */
export interface Change {
  readonly row: Row
  readonly body: EntityBody
  readonly via: Via | undefined
}

/** What the data knows of writes to a type that the model does not say. */
export interface WriteRule {
  /** Work that goes on after the answer, in place of a row that is there at once. */
  begin?(body: EntityBody, references: References, setting: WriteSetting): Answer
  /** What is stored for a body; throws where it conflicts. A row that is there already is answered as if new. */
  create?(draft: Draft): { readonly values: Row } | { readonly existing: Row }
  /** After a row was made. */
  created?(row: Row, draft: Draft): void
  update?(change: Change): Row
  /** After a row was changed. */
  updated?(row: Row): void
  /** Throws for a row that cannot be deleted. */
  remove?(row: Row): void
}

interface TypeRule {
  readonly required?: readonly string[]
  readonly readOnly?: readonly string[]
  /** A change without `If-Match` is refused. */
  readonly etag?: true
}

const words = (text: string): readonly string[] => text.split(' ')
const outlook = 'createdDateTime lastModifiedDateTime changeKey'
const item = 'createdBy createdDateTime lastModifiedBy lastModifiedDateTime eTag webUrl'

/** What Graph's pages say of each type: the properties a new one needs, and those that nobody can set. */
const rules: Readonly<Record<string, TypeRule>> = {
  user: {
    required: words('accountEnabled displayName mailNickname userPrincipalName passwordProfile'),
    readOnly: words(
      'createdDateTime deletedDateTime assignedLicenses imAddresses lastPasswordChangeDateTime proxyAddresses',
    ),
  },
  group: {
    required: words('displayName mailEnabled mailNickname securityEnabled'),
    readOnly: words(
      'createdDateTime deletedDateTime mail proxyAddresses renewedDateTime onPremisesSyncEnabled',
    ),
  },
  application: {
    required: ['displayName'],
    readOnly: words('appId createdDateTime deletedDateTime publisherDomain'),
  },
  orgContact: { readOnly: words('deletedDateTime proxyAddresses') },
  message: { readOnly: words(`${outlook} bodyPreview hasAttachments conversationIndex webLink isDraft`) },
  mailFolder: {
    required: ['displayName'],
    readOnly: words('childFolderCount totalItemCount unreadItemCount'),
  },
  event: {
    required: words('start end'),
    readOnly: words(
      `${outlook} bodyPreview iCalUId isCancelled isOrganizer responseStatus seriesMasterId type webLink`,
    ),
  },
  contact: { readOnly: words(outlook) },
  fileAttachment: { required: ['name'], readOnly: words('lastModifiedDateTime') },
  itemAttachment: { required: ['name'], readOnly: words('lastModifiedDateTime') },
  openTypeExtension: { required: ['extensionName'] },
  calendar: { required: ['name'], readOnly: words('changeKey owner canEdit canShare canViewPrivateItems') },
  todoTaskList: { required: ['displayName'], readOnly: words('isOwner isShared wellknownListName') },
  todoTask: {
    required: ['title'],
    readOnly: words('bodyLastModifiedDateTime createdDateTime lastModifiedDateTime hasAttachments'),
  },
  checklistItem: { required: ['displayName'] },
  linkedResource: {},
  plannerPlan: { required: ['title'], readOnly: words('createdBy createdDateTime owner'), etag: true },
  plannerBucket: { required: words('name planId'), etag: true },
  plannerTask: {
    required: words('planId title'),
    readOnly: words('completedDateTime createdBy createdDateTime hasDescription'),
    etag: true,
  },
  list: { required: ['displayName'], readOnly: words(item) },
  listItem: { readOnly: words(item) },
  driveItem: { required: ['name'], readOnly: words(`${item} cTag size root deleted`) },
  columnDefinition: { required: ['name'] },
  channel: { required: ['displayName'], readOnly: words('createdDateTime email webUrl') },
}

/** Refuses a new entity without what it needs, or with what it cannot have; those inside it as well. */
export function checkNew({ type, values, binds, nested }: EntityBody): void {
  const workload = workloadOf(type).name
  const { required = [], readOnly = [] } = rules[shortName(type)] ?? {}
  const missing = required.find(
    (name) => (values[name] ?? null) === null && !binds.has(name) && !nested.has(name),
  )
  if (missing !== undefined) throw refuseProperty(workload, 'missing', missing, type)
  // Services that let their clients choose a key are few, and none of Graph's is among these.
  const given = ['id', ...readOnly].find((name) => name in values)
  if (given !== undefined && !isFree(type)) throw refuseProperty(workload, 'readOnly', given, type)
  for (const inside of nested.values()) inside.forEach(checkNew)
}

/** Refuses a change of what cannot be changed; the id that the row has anyway may stand there. */
export function checkChange({ type, values }: EntityBody, row: Row): void {
  const { readOnly = [] } = rules[shortName(type)] ?? {}
  const given = ['id', ...readOnly].find(
    (name) => name in values && (name !== 'id' || values['id'] !== row['id']),
  )
  if (given !== undefined) throw refuseProperty(workloadOf(type).name, 'readOnly', given, type)
}

export function needsEtag(type: string): boolean {
  return rules[shortName(type)]?.etag === true
}

/** Open extensions name themselves, the fields of a list item may be called anything, and plain OData chooses keys. */
function isFree(type: string): boolean {
  return ['openTypeExtension', 'fieldValueSet'].includes(shortName(type)) || workloadOf(type).name === 'open'
}
