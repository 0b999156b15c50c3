import { Form, openFold } from '../../shared/editor/form.js'
import { textOf, type EditorNode, type Translate } from '../../shared/editor/red.js'
import { Rows } from '../../shared/editor/rows.js'
import { typedInput, typedInputOf } from '../../shared/editor/typed-input.js'
import { connectionFacts } from './connection-facts.js'
import { contextStores, storeChoices } from './context-stores.js'
import { attachFilterBuilder } from './filter-builder.js'
import { attachKeyPicker } from './key-picker.js'
import { MetadataClient } from './metadata-client.js'
import { OPERATIONS, operationOf, visibleRows } from './operations.js'
import { PermissionPanel } from './permission-panel.js'
import { PasteTaker } from './paste-taker.js'
import { attachOptionPickers } from './option-pickers.js'
import { attachPathPickers } from './path-pickers.js'
import { explainOperation, placeholdersIn, type Segment } from './path-suggestions.js'
import { PreviewBox } from './preview-box.js'
import { read, type Properties } from './properties.js'
import { conflictsOf } from './query-conflicts.js'
import { previewRequest, previewText } from './request-preview.js'
import { RowType } from './row-type.js'
import { TryPanel } from './try-panel.js'
import { ANSWER_FIELDS, OPTION_FIELDS, ROW_TYPES, TYPED_FIELDS, defaultType } from './typed-fields.js'
import { WRITE_DEFAULTS } from './writing.js'

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
  body: 'payload',
  as: 'buffer',
  conflict: 'fail',
  ...WRITE_DEFAULTS,
}
/** What is chosen from lists that are always the same. */
const CHOICES = [
  'operation',
  'paging',
  'start',
  'checkpoint',
  'method',
  'answer',
  'as',
  'conflict',
  'notFound',
  'annotations',
  'consistency',
]
/** Choices whose hint says what the chosen one means. */
const EXPLAINED = ['operation', 'paging', 'start', 'checkpoint', 'as', 'method', 'answer']
/** Fields that mean something else to each operation. */
const EXPLAINED_BY_OPERATION = ['body', 'file']

/** An edit dialog while it is open. */
export class ODataDialog {
  readonly #node: EditorNode
  readonly #text: Translate
  readonly #form = new Form('node-input', '#graph-odata-form')
  readonly #preview: PreviewBox
  readonly #params: Rows
  readonly #headers: Rows
  readonly #metadata: MetadataClient
  readonly #tryPanel: TryPanel
  readonly #permissionPanel: PermissionPanel
  #previews = 0

  constructor(node: EditorNode, text: Translate) {
    this.#node = node
    this.#text = text
    this.#preview = new PreviewBox(text)
    this.#metadata = new MetadataClient(text)
    this.#offerOperations()
    this.#offerStores()
    this.#form.fillMissing(node, DEFAULTS)
    for (const property of CHOICES) this.#form.keepChoice(property, textOf(node[property]))
    for (const [property, types] of Object.entries(TYPED_FIELDS)) {
      const typeField = this.#form.field(`${property}Type`)
      if (textOf(typeField.val()) === '') typeField.val(defaultType(property))
      typedInput(this.#form.field(property), typeField, types, text(`label.${property}`))
    }
    this.#params = this.#rows('params')
    this.#headers = this.#rows('headers')
    this.#chooseOutput()
    this.#openFolds()
    this.#takePastes()
    this.#addPickers()
    const host = { nodeId: node.id, properties: () => this.properties(), text }
    this.#permissionPanel = new PermissionPanel($('#graph-odata-permissions'), host)
    this.#tryPanel = new TryPanel($('#graph-odata-try'), {
      ...host,
      onForbidden: () => this.#permissionPanel.show(),
    })
    this.#form.root.on('input change keyup', () => this.update())
    this.update()
  }

  isFor(node: EditorNode): boolean {
    return node.id === this.#node.id
  }

  /** The node as it would be saved now. */
  properties(): Properties {
    const properties: Record<string, unknown> = {}
    for (const property of Object.keys(RED.nodes.getType('graph-odata')?.defaults ?? {}))
      properties[property] = this.#form.has(property) ? this.#valueOf(property) : this.#node[property]
    this.save(properties)
    return properties
  }

  /** Sets fields as if they had been entered; a typed field without a type given is the text that it says. */
  apply(properties: Properties): void {
    for (const [property, value] of Object.entries(properties)) {
      if (property === 'params') this.#params.replace(value)
      else if (property === 'headers') this.#headers.replace(value)
      else if (this.#form.has(property) && !property.endsWith('Type')) {
        const type = textOf(properties[`${property}Type`]) || defaultType(property)
        this.#form.enter(property, value, property in TYPED_FIELDS ? type : undefined)
      }
    }
    this.#openFolds()
    this.update()
  }

  update(): void {
    const properties = this.properties()
    const operation = operationOf(read(properties, 'operation'))
    this.#metadata.use(read(properties, 'connection'))
    const visible = visibleRows(operation, {
      output: this.#output(),
      as: read(properties, 'as'),
      method: read(properties, 'method'),
    })
    this.#form.showRows(visible)
    for (const property of EXPLAINED) this.#explain(property, read(properties, property))
    for (const property of EXPLAINED_BY_OPERATION)
      if (visible.has(property)) this.#explain(property, operation.value)
    // While the lists are being filled the panels do not exist yet.
    this.#tryPanel?.update()
    this.#permissionPanel?.update()
    void this.#showRequest(properties)
  }

  /** The dialog closes. */
  dispose(): void {
    this.#tryPanel.dispose()
    this.#permissionPanel.dispose()
  }

  /** The rows and the radio buttons have no field of the property's name: the editor cannot save them itself. */
  save(node: Record<string, unknown>): void {
    node['params'] = this.#params.rows()
    node['headers'] = this.#headers.rows()
    node['output'] = this.#output()
  }

  #explain(property: string, choice: string): void {
    const hint = this.#form.isKept(property) ? '' : this.#text(`${property}Hint.${choice}`)
    $(`#graph-odata-${property}-hint`).text(hint)
  }

  #takePastes(): void {
    const inputOf = (property: string) => typedInputOf(this.#form.field(property))
    const target = {
      serviceUrl: () => connectionFacts(this.#form.value('connection')).serviceUrl,
      properties: () => this.properties(),
      apply: (properties: Properties) => this.apply(properties),
      offers: (operation: string) => OPERATIONS.some(({ value }) => value === operation),
    }
    new PasteTaker(
      [inputOf('entity'), inputOf('appendUrl')],
      $('#graph-odata-entity-hint'),
      target,
      this.#text,
    ).listen()
  }

  #addPickers(): void {
    const properties = () => this.properties()
    const itemConvention = () => connectionFacts(this.#form.value('connection')).itemConvention
    const host = { properties, chosen: (segment: Segment) => this.#onSegment(segment) }
    attachPathPickers(this.#form, this.#metadata, host, this.#text)
    const rowType = new RowType(this.#metadata, properties, this.#text)
    attachOptionPickers(this.#form, rowType, this.#text)
    attachFilterBuilder(this.#form, rowType, this.#text)
    attachKeyPicker(this.#form, this.#metadata, { properties, itemConvention }, this.#text)
  }

  /** A function's parameters become rows to fill in; an action's go into the body. */
  #onSegment({ value, operation }: Segment): void {
    const hint =
      operation === undefined ? this.#text('hint.appendUrl') : explainOperation(operation, this.#text)
    $('#graph-odata-appendUrl-hint').text(hint)
    const rows = this.#params.rows()
    const missing = placeholdersIn(value).filter((name) => !rows.some((row) => row.name === name))
    if (missing.length === 0) return
    this.#params.replace([...rows, ...missing.map((name) => ({ name, value: '', type: 'str' }))])
    openFold('#graph-odata-params-fold', true)
  }

  /** A write is worked out sooner than a read: what comes after a later question is dropped. */
  async #showRequest(properties: Properties): Promise<void> {
    this.#previews += 1
    const asked = this.#previews
    const facts = connectionFacts(read(properties, 'connection'))
    const preview = await previewRequest(properties, facts)
    if (asked !== this.#previews) return
    const conflicts = conflictsOf(previewText(preview), facts.serviceUrl)
    this.#preview.show(
      preview,
      conflicts.map((conflict) => this.#text(`notTogether.${conflict}`)),
    )
  }

  #valueOf(property: string): string | boolean {
    const field = this.#form.field(property)
    return field.is(':checkbox') ? field.is(':checked') : textOf(field.val())
  }

  #output(): string {
    const chosen = $('input[name="graph-odata-output"]:checked').val() ?? this.#node['output']
    return textOf(chosen) || 'array'
  }

  #offerOperations(): void {
    const select = this.#form.field('operation').empty()
    for (const { value } of OPERATIONS)
      $('<option>')
        .val(value)
        .text(this.#text(`operation.${value}`))
        .appendTo(select)
    select.val(textOf(this.#node['operation']))
  }

  #offerStores(): void {
    const chosen = textOf(this.#node['store'])
    const select = this.#form.field('store').empty()
    for (const { value, kind, name } of storeChoices(contextStores(), chosen))
      $('<option>')
        .val(value)
        .text(kind === 'named' ? name : this.#text(`store.${kind}`, { store: name }))
        .appendTo(select)
    select.val(chosen)
  }

  #rows(property: 'params' | 'headers'): Rows {
    const text = this.#text
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
    const isSet = (property: string) => {
      const value = this.#valueOf(property)
      return typeof value === 'boolean' ? value : !['', DEFAULTS_BY_NAME.get(property)].includes(value)
    }
    if (OPTION_FIELDS.some(isSet)) openFold('#graph-odata-options', true)
    if (ANSWER_FIELDS.some(isSet)) openFold('#graph-odata-answers', true)
    if (this.#params.rows().length > 0) openFold('#graph-odata-params-fold', true)
    if (this.#headers.rows().length > 0) openFold('#graph-odata-headers-fold', true)
  }
}

const DEFAULTS_BY_NAME = new Map<string, string | undefined>(Object.entries(DEFAULTS))
