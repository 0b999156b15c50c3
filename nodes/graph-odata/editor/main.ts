import { Form, openFold } from '../../shared/editor/form.js'
import { catalogue, publish, textOf, type EditorNode } from '../../shared/editor/red.js'
import { Rows, type Row } from '../../shared/editor/rows.js'
import { typedInput } from '../../shared/editor/typed-input.js'
import { pathPartsOf, validateProperty, type Source } from './checks.js'
import { contextStores, storeChoices } from './context-stores.js'
import { operationPath } from './operation-path.js'
import { OPERATIONS, operationOf, visibleRows } from './operations.js'
import { pathText, previewPath } from './path-preview.js'
import { showPreview } from './preview-line.js'
import { ANSWER_FIELDS, OPTION_FIELDS, ROW_TYPES, TYPED_FIELDS, defaultType } from './typed-fields.js'

const text = catalogue('graph-odata')

/** What the dialog shows where an older flow has nothing. */
const DEFAULTS = {
  operation: 'read',
  limit: '0',
  notFound: 'error',
  paging: 'all',
  start: 'all',
  checkpoint: 'emitted',
  annotations: 'keep',
  consistency: 'auto',
  inFlight: '2000',
}
/** Choices whose hint says what the chosen one means. */
const EXPLAINED = ['operation', 'paging', 'start', 'checkpoint']

/** An edit dialog while it is open. */
class ODataDialog implements Source {
  readonly #node: EditorNode
  readonly #form = new Form('node-input', '#graph-odata-form')
  readonly #params: Rows
  readonly #headers: Rows

  constructor(node: EditorNode) {
    this.#node = node
    this.#offerOperations()
    this.#offerStores()
    this.#form.fillMissing(node, DEFAULTS)
    for (const [property, types] of Object.entries(TYPED_FIELDS)) {
      const typeField = this.#form.field(`${property}Type`)
      if (textOf(typeField.val()) === '') typeField.val(defaultType(property))
      typedInput(this.#form.field(property), typeField, types, text(`label.${property}`))
    }
    this.#params = this.#rows('params')
    this.#headers = this.#rows('headers')
    this.#chooseOutput()
    this.#openFolds()
    this.#form.onInput([...EXPLAINED, 'connection', 'entity', 'key', 'appendUrl'], () => this.update())
    this.#form.root.find('input[name="graph-odata-output"]').on('change', () => this.update())
    this.update()
  }

  isFor(node: EditorNode): boolean {
    return node.id === this.#node.id
  }

  read(property: string): string {
    return this.#form.has(property) ? this.#form.value(property) : textOf(this.#node[property])
  }

  rows(property: string): readonly Row[] {
    return (property === 'params' ? this.#params : this.#headers).rows()
  }

  itemConvention(): string {
    return conventionOf(this.read('connection'))
  }

  update(): void {
    const operation = operationOf(this.read('operation'))
    this.#form.showRows(visibleRows(operation, this.#output()))
    showPreview(operationPath(previewPath(pathPartsOf(this)), operation), operation.method, text)
    for (const property of EXPLAINED)
      $(`#graph-odata-${property}-hint`).text(text(`${property}Hint.${this.read(property)}`))
  }

  /** The rows and the radio buttons have no field of the property's name: the editor cannot save them itself. */
  save(node: Record<string, unknown>): void {
    node['params'] = this.#params.rows()
    node['headers'] = this.#headers.rows()
    node['output'] = this.#output()
  }

  #output(): string {
    return textOf($('input[name="graph-odata-output"]:checked').val()) || 'array'
  }

  #offerOperations(): void {
    const select = this.#form.field('operation').empty()
    for (const { value } of OPERATIONS)
      $('<option>')
        .val(value)
        .text(text(`operation.${value}`))
        .appendTo(select)
    select.val(operationOf(textOf(this.#node['operation'])).value)
  }

  #offerStores(): void {
    const chosen = textOf(this.#node['store'])
    const select = this.#form.field('store').empty()
    for (const { value, kind, name } of storeChoices(contextStores(), chosen))
      $('<option>')
        .val(value)
        .text(kind === 'named' ? name : text(`store.${kind}`, { store: name }))
        .appendTo(select)
    select.val(chosen)
  }

  #rows(property: 'params' | 'headers'): Rows {
    const rows = new Rows($(`#graph-odata-${property}`), {
      types: ROW_TYPES,
      namePlaceholder: text(`placeholder.${property}Name`),
      valuePlaceholder: text(`placeholder.${property}Value`),
      nameLabel: text('label.rowName'),
      valueLabel: text('label.rowValue'),
      removeLabel: text('label.removeRow'),
      onChange: () => this.#onRows(),
    })
    rows.fill(this.#node[property])
    return rows
  }

  #onRows(): void {
    // While the lists are being filled the second one does not exist yet.
    if (this.#params !== undefined && this.#headers !== undefined) this.update()
  }

  #chooseOutput(): void {
    const chosen = textOf(this.#node['output']) || 'array'
    $(`input[name="graph-odata-output"][value="${CSS.escape(chosen)}"]`).prop('checked', true)
  }

  #openFolds(): void {
    const isSet = (property: string) =>
      this.#form.field(property).is(':checkbox')
        ? this.#form.field(property).is(':checked')
        : !['', DEFAULTS_BY_NAME.get(property)].includes(this.read(property))
    openFold('#graph-odata-options', OPTION_FIELDS.some(isSet))
    openFold('#graph-odata-answers', ANSWER_FIELDS.some(isSet))
    openFold('#graph-odata-params-fold', this.#params.rows().length > 0)
    openFold('#graph-odata-headers-fold', this.#headers.rows().length > 0)
  }
}

const DEFAULTS_BY_NAME = new Map<string, string | undefined>(Object.entries(DEFAULTS))

let open: ODataDialog | undefined

function conventionOf(connectionId: string): string {
  const connection: unknown = RED.nodes.node(connectionId)
  if (typeof connection !== 'object' || connection === null) return ''
  return textOf(Reflect.get(connection, 'itemConvention'))
}

function sourceOf(node: EditorNode): Source {
  if (open?.isFor(node) === true) return open
  return {
    read: (property) => textOf(node[property]),
    rows: (property) => rowsOf(node[property]),
    itemConvention: () => conventionOf(textOf(node['connection'])),
  }
}

function rowsOf(value: unknown): Row[] {
  if (!Array.isArray(value)) return []
  return value.map((row: Record<string, unknown>) => ({
    name: textOf(row['name']),
    value: textOf(row['value']),
    type: textOf(row['type']) || 'str',
  }))
}

/** What the node does, in two or three words: "read me/messages", "changes of users". */
function label(node: EditorNode): string {
  const { value } = operationOf(textOf(node['operation']))
  const path = pathText(previewPath(pathPartsOf(sourceOf(node))))
  return path === '' ? text('palette.label') : text(`labelled.${value}`, { path })
}

publish('odata', {
  prepare(node: EditorNode) {
    open = new ODataDialog(node)
  },
  save(node: Record<string, unknown>) {
    open?.save(node)
    open = undefined
  },
  close() {
    open = undefined
  },
  label,
  validate: (node: EditorNode, property: string) => validateProperty(property, sourceOf(node), text),
})
