import type { Node, NodeAPI, NodeMessage } from 'node-red'
import { visible } from '../lib/odata/url-text'
import { Problem } from '../lib/problem'
import type { FieldEvaluator, TypedField } from './field-types'

/** Typed inputs of this node for this message. */
export function fieldEvaluator(RED: NodeAPI, node: Node, message: NodeMessage): FieldEvaluator {
  return {
    evaluate: async (field, { value, type }) => {
      if (value === '') return undefined
      if (type === 'str') return value
      const result = await evaluateProperty(RED, node, message, { value, type }).catch((error: unknown) => {
        // `msg.payload.id` of a message without payload throws rather than giving undefined.
        if (error instanceof TypeError) return undefined
        throw new Problem('fieldInvalid', { field, value: visible(value), reason: reasonOf(error) })
      })
      if (result === undefined || result === null || result === '') {
        throw new Problem('fieldEmpty', { field, value: `${type}.${value}` })
      }
      return result
    },
  }
}

async function evaluateProperty(
  RED: NodeAPI,
  node: Node,
  message: NodeMessage,
  field: TypedField,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    RED.util.evaluateNodeProperty(
      field.value,
      field.type,
      node,
      message,
      (error: Error | null, result: unknown) => {
        if (error === null || error === undefined) resolve(result)
        else reject(error)
      },
    )
  })
}

/** JSONata throws plain objects with a message. */
function reasonOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error)
}
