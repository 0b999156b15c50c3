import { connectionChoice } from '../../shared/editor/connection-choice.js'
import type { ConnectionChoice, NodeDraft } from '../admin-api.js'
import { WRITES } from './writing.js'
import { read, typeOf, type Properties } from './properties.js'
import { TYPED_FIELDS } from './typed-fields.js'

/** What the panels below the preview know of the dialog that they stand in. */
export interface PanelHost {
  readonly nodeId: string
  readonly properties: () => Properties
}

export interface Question extends ConnectionChoice {
  readonly node: NodeDraft
}

/** The dialog as it stands, with its connection as it stands in the editor. */
export function questionOf({ nodeId, properties }: PanelHost, message?: NodeDraft['message']): Question {
  const given = properties()
  const node: NodeDraft = { id: nodeId, properties: given, ...(message === undefined ? {} : { message }) }
  return { ...connectionChoice(read(given, 'connection')), node }
}

export function routeOf({ properties }: PanelHost, route: string): string {
  return `graph-odata/${encodeURIComponent(read(properties(), 'connection'))}/${route}`
}

export function hasConnection({ properties }: PanelHost): boolean {
  return !['', '_ADD_'].includes(read(properties(), 'connection'))
}

/** What a read does not look at; the body is the message's payload unless it is said otherwise. */
const WRITTEN: ReadonlySet<string> = new Set(['body', 'ifMatch', 'file'])

/** Whether the request depends on the message, so that a sample of it is wanted. */
export function usesMessage(properties: Properties): boolean {
  const rows = [properties['params'], properties['headers']].flatMap((list) =>
    Array.isArray(list) ? list : [],
  )
  if (rows.some((row: Record<string, unknown>) => row['type'] === 'msg' || row['type'] === 'jsonata'))
    return true
  if (read(properties, 'entity') === '' && read(properties, 'appendUrl') === '') return true
  const written = WRITES.some(({ value }) => value === read(properties, 'operation'))
  const fields = Object.keys(TYPED_FIELDS).filter((field) => written || !WRITTEN.has(field))
  return fields.some(
    (field) => read(properties, field) !== '' && ['msg', 'jsonata'].includes(typeOf(properties, field)),
  )
}
