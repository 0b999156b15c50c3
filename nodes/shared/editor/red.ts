import type { EditorRED, EditorWidgetTypedInputType } from 'node-red'

/** A kind of value that a typed input takes: `str`, `msg`, `flow` ... */
export type InputType = EditorWidgetTypedInputType

declare global {
  const RED: EditorRED
  /** What the inline scripts of the node pages call; each page's module adds its own part. */
  var graphODataEditor: Record<string, object> | undefined
}

/** The values by which a text of the catalogue is completed: `__name__`. */
export type TextValues = Readonly<Record<string, string | number>>

/** A text of a node's locale catalogue. */
export type Translate = (key: string, values?: TextValues) => string

/** Reads the catalogue of one node of this package. */
export function catalogue(node: string): Translate {
  return (key, values) => RED._(`node-red-contrib-graph-odata/${node}:${key}`, values)
}

/** Makes a module's functions known to the inline script of its page. */
export function publish(name: string, part: object): void {
  globalThis.graphODataEditor = { ...globalThis.graphODataEditor, [name]: part }
  globalThis.dispatchEvent(new Event('graph-odata-editor'))
}

/** A node as the editor holds it: its properties stand beside what the editor itself adds. */
export interface EditorNode {
  readonly id: string
  readonly [property: string]: unknown
}

/** A property as text; missing properties (older flows, Admin API) are blank. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** `${NAME}` of the environment: chosen where the flow runs, here it may turn out to be anything. */
export function isVariable(value: string): boolean {
  return /^\$\{[^}]+\}$/u.test(value)
}
