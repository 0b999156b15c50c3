import { catalogue, isVariable, publish, textOf, type EditorNode } from '../../shared/editor/red.js'
import { pathText } from './address.js'
import { validateProperty } from './checks.js'
import { connectionFacts } from './connection-facts.js'
import { ODataDialog } from './dialog.js'
import { operationOf } from './operations.js'
import { addressFields, read, type Properties } from './properties.js'

const text = catalogue('graph-odata')

let open: ODataDialog | undefined

function propertiesOf(node: EditorNode): Properties {
  return open?.isFor(node) === true ? open.properties() : node
}

function conventionOf(properties: Properties): string {
  return connectionFacts(read(properties, 'connection')).itemConvention
}

/** What the node does, in two or three words: "read me/messages", "changes of users". */
function label(node: EditorNode): string {
  const operation = textOf(node['operation'])
  const path = pathText(addressFields(node), conventionOf(node))
  if (path === '') return text('palette.label')
  return isVariable(operation)
    ? `${operation} ${path}`
    : text(`labelled.${operationOf(operation).value}`, { path })
}

publish('odata', {
  prepare(node: EditorNode) {
    open = new ODataDialog(node, text)
  },
  save(node: Record<string, unknown>) {
    open?.save(node)
    open?.dispose()
    open = undefined
  },
  close() {
    open?.dispose()
    open = undefined
  },
  label,
  validate(node: EditorNode, property: string) {
    const properties = propertiesOf(node)
    return validateProperty(property, properties, conventionOf(properties), text)
  },
})

// Nodes that were drawn before this module was there have been given a name without their path.
RED.nodes.eachNode((node) => {
  if (Reflect.get(node, 'type') === 'graph-odata') Object.assign(node, { dirty: true, resize: true })
  return true
})
RED.view.redraw()
